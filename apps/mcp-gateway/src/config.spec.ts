import { mcpGatewayConfig } from './config.js';

const problemsOf = (url: string): readonly string[] => {
  try {
    mcpGatewayConfig({ DOCKET_CREDENTIAL: 'dk_x', CONSOLE_PUBLIC_URL: url });
    return [];
  } catch (error) {
    return (error as { problems?: readonly string[] }).problems ?? [String(error)];
  }
};

test.each(['https://docket.example.com', 'https://docket.example.com:8443', 'http://127.0.0.1:7430', 'http://localhost:7430', 'http://[::1]:7430'])('people are sent to a page at %s', (url) => {
  expect(mcpGatewayConfig({ DOCKET_CREDENTIAL: 'dk_x', CONSOLE_PUBLIC_URL: url }).console.publicUrl).toBe(url);
});

test.each(['http://docket.example.com', 'https://ada@docket.example.com', 'https://docket.example.com/?token=canary', 'https://docket.example.com/x', 'javascript:alert(1)', 'docket.example.com', 'http://127.0.0.1.example.com'])(
  'people are not sent to %s: in the clear, or with something in it (I6)', (url) => {
    expect(problemsOf(url).join()).toMatch(/CONSOLE_PUBLIC_URL.*expected https:\/\/host/);
    expect(problemsOf(url).join()).not.toContain('canary');
  },
);
