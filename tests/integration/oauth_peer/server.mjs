// The token service of a test: oauth2-mock-server, which nobody here has written.
//
//   node server.mjs MODULES TOKEN_PATH FIRST_REFRESH_TOKEN CLIENT_ID [CERTIFICATE]
//
// Writes its port to standard error, and serves until it is killed. A refresh token is good once.
// With a certificate (PEM) the client must send an assertion that its key has signed; Node checks it.
import { X509Certificate, createHash, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, path, first, clientId, certificateFile] = process.argv.slice(2);
const entry = join(modules, 'node_modules/oauth2-mock-server/dist/index.mjs');
const { OAuth2Server } = await import(pathToFileURL(entry).href);

const certificate = certificateFile && new X509Certificate(readFileSync(certificateFile));
const used = new Set();
let expected = first;

function part(text) {
  return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
}

// What is wrong with the assertion; undefined: nothing.
function assertionFault(body) {
  if (body.client_assertion_type !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
    return 'type';
  }
  const parts = String(body.client_assertion).split('.');
  if (parts.length !== 3) return 'form';
  const [header, claims] = [part(parts[0]), part(parts[1])];
  const digest = (name) => createHash(name).update(certificate.raw).digest('base64url');
  if (header.alg !== 'RS256' || header.typ !== 'JWT') return 'header';
  if (header.x5t !== digest('sha1') || header['x5t#S256'] !== digest('sha256')) return 'thumbprint';
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
  if (!verify('RSA-SHA256', signed, certificate.publicKey, Buffer.from(parts[2], 'base64url'))) {
    return 'signature';
  }
  const now = Date.now() / 1000;
  if (claims.iss !== clientId || claims.sub !== clientId) return 'client';
  if (claims.aud !== `http://127.0.0.1:${server.address().port}${path}`) return 'audience';
  if (!(claims.nbf <= now + 300 && claims.exp > now && claims.exp <= now + 900)) return 'time';
  if (typeof claims.jti !== 'string' || used.has(claims.jti)) return 'id';
  used.add(claims.jti);
  return undefined;
}

const server = new OAuth2Server(undefined, undefined, { endpoints: { token: path } });
await server.issuer.keys.generate('RS256');
server.service.on('beforeTokenSigning', (token) => {
  token.payload.preferred_username = 'ada@contoso.example';
  token.payload.name = 'Ada Example';
});
server.service.on('beforeResponse', (response, request) => {
  const refuse = (error, error_description) => {
    response.statusCode = 400;
    response.body = { error, error_description };
  };
  const fault = certificate && assertionFault(request.body);
  if (fault) {
    refuse('invalid_client', `AADSTS700027: ${fault}`);
  } else if (request.body.refresh_token !== expected) {
    refuse('invalid_grant', 'AADSTS50173: it was used before');
  } else {
    expected = response.body.refresh_token;
  }
});
await server.start(0, '127.0.0.1');
console.error(server.address().port);
