import { mirrored, paramHeadersOf, paramMismatch, parseJson, type JsonObject } from '#mcp';

const string = (name: string): JsonObject => ({ type: 'string', 'x-mcp-header': name });
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const headersOf = (schema: JsonObject) => {
  const read = paramHeadersOf(schema);
  if (!read.valid) throw new Error(read.because);
  return read.headers;
};

test('annotations are found at any depth of properties, and only schemas have them', () => {
  const schema = object({
    region: string('Region'), place: object({ id: { type: 'integer', 'x-mcp-header': 'Place-Id' }, dry: { type: 'boolean', 'x-mcp-header': 'Dry' } }),
    plain: { type: 'string', default: { 'x-mcp-header': 'no schema' }, enum: [{ 'x-mcp-header': 'neither' }] }, 'x-mcp-header': { type: 'string' },
  });
  expect(headersOf(schema)).toEqual([
    { path: ['region'], name: 'Region', type: 'string' }, { path: ['place', 'id'], name: 'Place-Id', type: 'integer' }, { path: ['place', 'dry'], name: 'Dry', type: 'boolean' },
  ]);
});

test.each<[string, JsonObject, string]>([
  ['on a number', object({ a: { type: 'number', 'x-mcp-header': 'A' } }), 'string, integer or boolean'],
  ['on an object', object({ a: { ...object({}), 'x-mcp-header': 'A' } }), 'string, integer or boolean'],
  ['on a union of types', object({ a: { type: ['string', 'null'], 'x-mcp-header': 'A' } }), 'string, integer or boolean'],
  ['that is empty', object({ a: string('') }), 'not the name of a header'],
  ['with a space', object({ a: string('A b') }), 'not the name of a header'],
  ['with a line break', object({ a: string('A\r\nX: 1') }), 'not the name of a header'],
  ['that is no text', object({ a: { type: 'string', 'x-mcp-header': 1 } }), 'not the name of a header'],
  ['twice in other case', object({ a: string('A'), b: object({ c: string('a') }) }), 'the same header twice'],
  ['on the schema itself', { ...object({}), type: 'string', 'x-mcp-header': 'A' }, 'properties alone do not lead'],
  ['beside $ref', object({ a: { ...string('A'), $ref: '#/$defs/x' } }), 'properties alone do not lead'],
  ['under items', object({ a: { type: 'array', items: string('A') } }), 'properties alone do not lead'],
  ['under items of a list', object({ a: { type: 'array', prefixItems: [string('A')] } }), 'properties alone do not lead'],
  ['under properties of items', object({ a: { type: 'array', items: object({ b: string('A') }) } }), 'properties alone do not lead'],
  ['under oneOf', { ...object({}), oneOf: [object({ a: string('A') })] }, 'properties alone do not lead'],
  ['under if', { ...object({}), if: object({ a: string('A') }) }, 'properties alone do not lead'],
  ['in $defs', { ...object({ a: { $ref: '#/$defs/x' } }), $defs: { x: string('A') } }, 'properties alone do not lead'],
  ['under additionalProperties', { type: 'object', additionalProperties: string('A') }, 'properties alone do not lead'],
])('an annotation %s makes the tool invalid', (_, schema, because) => {
  expect(paramHeadersOf(schema)).toEqual({ valid: false, because: expect.stringContaining(because) as string });
});

test('arguments are mirrored as text, digit for digit; what is absent or null has no header; what is mirrored agrees', () => {
  const declared = headersOf(object({ s: string('S'), i: { type: 'integer', 'x-mcp-header': 'I' }, b: { type: 'boolean', 'x-mcp-header': 'B' }, deep: object({ s: string('Deep') }) }));
  const of = (text: string) => mirrored(declared, parseJson(text));
  expect(of('{"s":"eu-west","i":-42,"b":false,"deep":{"s":"é"}}')).toEqual({ 'Mcp-Param-S': 'eu-west', 'Mcp-Param-I': '-42', 'Mcp-Param-B': 'false', 'Mcp-Param-Deep': '=?base64?w6k=?=' });
  expect(of('{"i":12345678901234567890}')).toEqual({ 'Mcp-Param-I': '12345678901234567890' });
  expect(of('{"s":null,"deep":{}}')).toEqual({});
  for (const text of ['{"s":" x ","i":12345678901234567890,"b":true}', '{}']) {
    const lower = Object.fromEntries(Object.entries(of(text)).map(([name, value]) => [name.toLowerCase(), value]));
    expect(paramMismatch(declared, parseJson(text), lower)).toBeUndefined();
  }
});
