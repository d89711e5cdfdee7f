import { runApp } from '#platform';
import { projectorConfig } from './config.js';
import { createApp } from './create-app.js';

await runApp({ app: 'projector', title: 'projector', config: projectorConfig, createApp });
