// Original file: proto/docket/token/v1/connection.proto


export interface OAuthSettings {
  'issuerUrl'?: (string);
  'revocationUrl'?: (string);
  'resource'?: (string);
  'stepUpScopes'?: (string)[];
  'dpop'?: (boolean);
}

export interface OAuthSettings__Output {
  'issuerUrl': (string);
  'revocationUrl': (string);
  'resource': (string);
  'stepUpScopes': (string)[];
  'dpop': (boolean);
}
