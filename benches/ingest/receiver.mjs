// The other side of the comparison: Persona's own quickstart (Express, raw body, HMAC), made durable and protected
// against duplicates.
import { createHmac, timingSafeEqual } from 'node:crypto';
import Database from 'better-sqlite3';
import express from 'express';

const [file, port, secret] = process.argv.slice(2);
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE events (id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at TEXT NOT NULL, body TEXT NOT NULL)');
const insert = db.prepare('INSERT INTO events (id, name, created_at, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING');

const app = express();
app.disable('x-powered-by');
app.post('/webhooks/persona', express.raw({ type: 'application/json', limit: '1mb' }), (request, response) => {
  const header = request.headers['persona-signature'] ?? '';
  const { t, v1 } = Object.fromEntries(header.split(',').map((part) => part.split('=')));
  const expected = createHmac('sha256', secret).update(`${t}.`).update(request.body).digest();
  const given = Buffer.from(v1 ?? '', 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return response.sendStatus(401);
  const text = request.body.toString('utf8');
  const { data } = JSON.parse(text);
  insert.run(data.id, data.attributes.name, data.attributes['created-at'], text);
  response.sendStatus(202);
});
app.listen(Number(port), '127.0.0.1');
