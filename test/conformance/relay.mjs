// The conformance suite starts a program for each scenario. This one is that program: it hands the scenario to the test
// that started the suite, which plays the client in its own process, and ends as the test says.
const [port, serverUrl] = process.argv.slice(2);
const answer = await fetch(`http://127.0.0.1:${port}/`, {
  method: 'POST', body: JSON.stringify({ serverUrl, scenario: process.env.MCP_CONFORMANCE_SCENARIO, context: JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') }),
});
process.stderr.write(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
