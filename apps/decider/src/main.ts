import { runApp } from '#platform';
import { deciderConfig } from './config.js';
import { createApp } from './create-app.js';

await runApp({ app: 'decider', title: 'decider', config: deciderConfig, createApp });
