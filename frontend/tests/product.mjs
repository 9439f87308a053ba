// Starts the real binary with a mail server beside it, as an operator would.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const binary = path.join(root, 'bin/passerelle');
const read = (name) => readFileSync(path.join(root, 'frontend/words', name), 'utf8');
const french = JSON.parse(Object.entries(JSON.parse(read('typography.json'))).reduce((text, [plain, bound]) => text.replaceAll(plain, bound), read('fr.json')));
const plural = new Intl.PluralRules('fr');

/** Gives the French words of a key, as pages show them. */
export function word(key, values = {}) {
  const form = values.Count === undefined ? 'other' : plural.select(values.Count);
  const text = typeof french[key] === 'string' ? french[key] : french[key]?.[form];
  if (!text) throw new Error(`no word ${key}`);
  return text.replace(/{{\.(\w+)}}/g, (_, name) => values[name] ?? '');
}

/** The engines to play on: MongoDB where its server is said, which CI insists on. */
export function engines() {
  const uri = process.env.PASSERELLE_TEST_MONGODB_URI;
  if (!uri && process.env.PASSERELLE_REQUIRE_MONGODB) throw new Error('PASSERELLE_TEST_MONGODB_URI is missing');
  return uri ? ['embedded', 'mongodb'] : ['embedded'];
}

async function freePort() {
  return new Promise((done, fail) => {
    const server = net.createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((go) => setTimeout(go, 100));
  }
}

function start(command, args, env, into) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (text) => (into.said += text));
  child.stderr.on('data', (text) => (into.said += text));
  child.on('exit', (code) => (into.ended = code));
  return child;
}

/** A product on a store of its own; stop() ends it and removes what it made. */
class Product {
  said = '';
  children = [];
  data = mkdtempSync(path.join(tmpdir(), 'passerelle-journey-'));

  run(command, args, env) {
    this.children.push(start(command, args, env, this));
  }

  async stop() {
    for (const child of this.children) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.data, { recursive: true, force: true });
  }
}

function storeOf(engine, product) {
  return engine === 'mongodb'
    ? { MONGODB_URI: process.env.PASSERELLE_TEST_MONGODB_URI, PASSERELLE_MONGODB_DATABASE: `journey_${path.basename(product.data).slice(-6)}` }
    : { MONGODB_URI: '' };
}

/** `passerelle serve` on an empty territory with its first coordinator, mails going to a real mail server. */
export async function serve(engine) {
  const product = new Product();
  const [web, smtp, mail] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...storeOf(engine, product),
    PASSERELLE_ADDR: `127.0.0.1:${web}`,
    PASSERELLE_BASE_URL: `http://127.0.0.1:${web}`,
    PASSERELLE_DATA: path.join(product.data, 'store'),
    PASSERELLE_KEY: Buffer.alloc(32, 7).toString('base64'),
    PASSERELLE_SMTP_HOST: '127.0.0.1',
    PASSERELLE_SMTP_PORT: String(smtp),
    PASSERELLE_SMTP_TLS: 'none',
    PASSERELLE_MAIL_FROM: 'passerelle@example.org',
  };
  product.run(path.join(root, 'bin/mailpit'), ['--smtp', `127.0.0.1:${smtp}`, '--listen', `127.0.0.1:${mail}`, '--disable-version-check'], {});
  const added = spawnSync(
    binary,
    ['coordinator', 'add', '-email', 'coordination@example.org', '-first-name', 'Awa', '-last-name', 'Diallo', '-territory', 'Val d’Oise', '-areas', '95'],
    { env: { ...process.env, ...env }, encoding: 'utf8' },
  );
  if (added.status !== 0) throw new Error(`coordinator add: ${added.stderr}`);
  product.run(binary, ['serve'], env);
  product.url = env.PASSERELLE_BASE_URL;
  product.env = env;
  await until('the server', async () => (await fetch(`${product.url}/readyz`)).ok);
  product.mail = mailbox(`http://127.0.0.1:${mail}`);
  return product;
}

/** `passerelle check` on the store of a product that has stopped or goes on. */
export function check(product) {
  return spawnSync(binary, ['check'], { env: { ...process.env, ...product.env }, encoding: 'utf8' });
}

/** The demonstration territory, with a sign-in link for each role. */
export async function demo(engine = 'embedded') {
  const product = new Product();
  const address = `127.0.0.1:${await freePort()}`;
  product.run(binary, ['demo', '-addr', address, '-data', path.join(product.data, 'demo')], storeOf(engine, product));
  product.url = `http://${address}`;
  await until('the demonstration', async () => product.said.includes('accounts and mail:'), 180);
  product.links = {};
  for (const line of product.said.split('\n')) {
    const [role, , link] = line.split('\t');
    if (link) product.links[role] ??= link;
  }
  return product;
}

/** Mails as their readers find them. */
function mailbox(base) {
  const list = async (to) => (await (await fetch(`${base}/api/v1/search?query=${encodeURIComponent(`to:${to}`)}`)).json()).messages ?? [];
  const text = async (id) => (await (await fetch(`${base}/api/v1/message/${id}`)).json()).Text;
  return {
    /** Waits for a mail to somebody whose text matches; gives the match. */
    async find(to, pattern, after = 0) {
      return until(`a mail to ${to}`, async () => {
        for (const m of await list(to)) {
          if (new Date(m.Created).getTime() < after) continue;
          const match = (await text(m.ID)).match(pattern);
          if (match) return match;
        }
        return undefined;
      }, 30);
    },
  };
}
