import { runApp } from '#platform';
import { consoleConfig } from './config.js';
import { createApp } from './create-app.js';

await runApp({ app: 'console', title: 'console', config: consoleConfig, createApp });
