// Amazon Bedrock as far as ConverseStream: checks signatures with AWS's own rules (aws4, unmodified) and streams answers.
//   node bedrock_mock.mjs ACCESS_KEY SECRET_KEY REGION
// Prints {"event":"listening","url":…}, then one line a request. `throttle`, `cut` or `refuse` as the user's last word changes
// what happens.
import aws4 from 'aws4';
import http from 'node:http';
import zlib from 'node:zlib';

const [accessKeyId, secretAccessKey, region] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
const checksum = zlib.crc32 ?? crc;

function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function frame(headers, payload) {
  const written = Buffer.concat(Object.entries(headers).map(([name, value]) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(Buffer.byteLength(value));
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), size, Buffer.from(value)]);
  }));
  const body = Buffer.from(JSON.stringify(payload));
  const lengths = Buffer.concat([number(written.length + body.length + 16), number(written.length)]);
  const whole = Buffer.concat([lengths, number(checksum(lengths)), written, body]);
  return Buffer.concat([whole, number(checksum(whole))]);
}

const event = (type, payload) => frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, payload);

// The request signed once more, with the headers that it says it signed.
function wellSigned(request, body) {
  const authorization = request.headers.authorization ?? '';
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1].split(';') ?? [];
  const headers = Object.fromEntries(names.map((name) => [name, request.headers[name]]));
  const signer = new aws4.RequestSigner({ method: request.method, host: request.headers.host, path: request.url, service: 'bedrock',
    region, headers, body, doNotModifyHeaders: true }, { accessKeyId, secretAccessKey });
  signer.datetime = request.headers['x-amz-date'];
  const signed = signer.sign();
  const signature = (text) => /Signature=([0-9a-f]{64})/.exec(text)?.[1];
  return names.includes('host') && names.includes('x-amz-date') && signature(signed.headers.Authorization) === signature(authorization)
    && authorization.includes(`Credential=${accessKeyId}/`);
}

let throttled = 0;

function answer(request, body, response) {
  const asked = JSON.parse(body);
  const blocks = asked.messages.flatMap((message) => message.content);
  const words = blocks.filter((block) => block.text && !block.text.startsWith('(')).map((block) => block.text).pop() ?? '';
  const refuse = (status, type, message) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': `${type}:http://internal/` });
    response.end(JSON.stringify({ message }));
  };
  if (words.endsWith('throttle') && throttled++ === 0) return refuse(429, 'ThrottlingException', 'Too many requests');
  if (words.endsWith('refuse')) return refuse(400, 'ValidationException', 'The model is not there');
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  response.write(event('messageStart', { role: 'assistant' }));
  const result = blocks.filter((block) => block.toolResult).pop();
  const usage = event('metadata', { usage: { inputTokens: 20, outputTokens: 7, totalTokens: 27 }, metrics: { latencyMs: 1 } });
  if (asked.toolConfig && !result && words.includes('balance')) {
    const tool = asked.toolConfig.tools[0].toolSpec;
    response.write(event('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 'tooluse_1', name: tool.name } } }));
    response.write(event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"account":' } } }));
    response.write(event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '"giro"}' } } }));
    response.write(event('contentBlockStop', { contentBlockIndex: 0 }));
    response.end(Buffer.concat([event('messageStop', { stopReason: 'tool_use' }), usage]));
    return;
  }
  const text = result ? `It says ${result.toolResult.content[0].text}.` : `You said ${words}.`;
  const pieces = text.match(/.{1,5}/gs);
  const stream = Buffer.concat([...pieces.map((piece) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: piece } })),
    event('contentBlockStop', { contentBlockIndex: 0 }), event('messageStop', { stopReason: 'end_turn' }), usage]);
  if (words.endsWith('cut')) {
    response.write(stream.subarray(0, 100));
    response.socket.end();
    return;
  }
  response.end(stream);
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const body = Buffer.concat(pieces).toString();
    const good = wellSigned(request, body);
    say({ event: 'request', path: request.url, signed: good, body: JSON.parse(body) });
    if (good) return answer(request, body, response);
    response.writeHead(403, { 'x-amzn-errortype': 'InvalidSignatureException' });
    response.end(JSON.stringify({ message: 'The request signature we calculated does not match' }));
  });
});
server.listen(0, '127.0.0.1', () => say({ event: 'listening', url: `http://127.0.0.1:${server.address().port}` }));
