import { clusterConfig } from './config.js';

describe('the cluster\'s configuration', () => {
  test('as many brokers as before, data below ./.docket and the usual addresses when nothing is said', () => {
    expect(clusterConfig([], {})).toMatchObject({
      brokers: undefined, grpcListen: '127.0.0.1:7400', httpListen: '127.0.0.1:7401',
      folder: expect.stringMatching(/\.docket.cluster$/), credentialsFile: expect.stringMatching(/\.docket.cluster.credentials\.json$/),
    });
  });

  test('several deciders on demand, one otherwise', () => {
    expect(clusterConfig(['--deciders', '3'], {})).toMatchObject({ deciders: 3 });
    expect(clusterConfig([], {})).toMatchObject({ deciders: 1 });
  });

  test('three brokers on demand', () => {
    expect(clusterConfig(['--brokers', '3'], {})).toMatchObject({ brokers: 3 });
  });

  test.each([[['--brokers', '2']], [['--brokers=many']], [['--deciders', '0']], [['--deciders=9']], [['--deciders', 'x']], [['--broker', '1']], [['extra']]])('%j is refused', (args) => {
    expect(() => clusterConfig(args, {})).toThrow(/expected 1 or 3|expected 1 to 8|--broker|extra/);
  });

  test('a wrong address is named', () => {
    expect(() => clusterConfig([], { GRPC_LISTEN: 'here' })).toThrow(/GRPC_LISTEN: expected host:port/);
  });

  test('what the apps would take but this cannot honour is refused: any free port, TLS, certificates of other nodes', () => {
    expect(() => clusterConfig([], { NODES_CA_FILE: 'ca.pem' })).toThrow(/NODES_CA_FILE: expected to be unset; npm run cluster makes/);
    expect(() => clusterConfig([], { HTTP_LISTEN: '127.0.0.1:0', TLS_CERT_FILE: 'cert.pem' })).toThrow(/HTTP_LISTEN: found port 0[^]*TLS_CERT_FILE: expected to be unset/);
  });

  test('help asks for nothing else', () => {
    expect(clusterConfig(['--help'], { GRPC_LISTEN: 'here' })).toBeUndefined();
  });
});
