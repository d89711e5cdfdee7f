import { runApp } from '#platform';
import { tokenBrokerConfig } from './config.js';
import { createApp } from './create-app.js';

await runApp({ app: 'token-broker', title: 'token broker', config: tokenBrokerConfig, createApp });
