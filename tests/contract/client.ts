// npm run client -- http://127.0.0.1:4810
//
// A generated client: its types come from Persona's OpenAPI document, so a call or an answer that the document does not
// contain does not compile. Stripe's library verifies its webhooks. It takes one inquiry through its whole life. If
// JUDGE_URL is set, the calls go there.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import createClient from 'openapi-fetch'
import Stripe from 'stripe'
import type { paths } from './build/persona.js'

const origin = process.argv[2]
if (!origin?.startsWith('http')) stop('Usage: npm run client -- http://127.0.0.1:PORT   (a running sandbox)')

const { GET, POST } = createClient<paths>({
  baseUrl: process.env['JUDGE_URL'] ?? `${origin}/api/v1`,
  headers: { authorization: `Bearer persona_sandbox_via_${new URL(origin).port}` },
})

function stop(message: string): never {
  console.error(`✗ ${message}`)
  process.exit(1)
}

function holds(condition: unknown, message: string): asserts condition {
  if (!condition) stop(message)
  console.log(`✓ ${message}`)
}

/** Returns the data of an answer. Anything but success ends the run. */
async function good<T>(what: string, asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked.catch((error: unknown) => stop(`${what}: no answer (${error}). Does the sandbox run there?`))
  if (data === undefined) return stop(`${what}: answered ${response.status} ${JSON.stringify(error)}`)
  console.log(`✓ ${what}: ${response.status}`)
  return data
}

interface Delivery {
  header: string
  body: string
  name: string
  object: string
}

const received: Delivery[] = []
const receiver = createServer(async (req, res) => {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part)
  const body = Buffer.concat(parts).toString('utf8')
  const { data }: { data: { attributes: { name: string; payload: { data: { id: string } } } } } = JSON.parse(body)
  const { name, payload } = data.attributes
  received.push({ header: String(req.headers['persona-signature']), body, name, object: payload.data.id })
  res.end()
})

async function arrived(name: string, object: string): Promise<Delivery> {
  for (const until = Date.now() + 15_000; Date.now() < until; await sleep(50)) {
    const found = received.find(one => one.name === name && one.object === object)
    if (found) return found
  }
  return stop(`webhook ${name} did not arrive within 15 seconds`)
}

// Stripe expects one signature in a header; Persona sends one for each secret, separated by a space.
const sets = ({ header }: Delivery) => header.split(' ')

function verifies(body: string, set: string, secret: string): boolean {
  try {
    Stripe.webhooks.constructEvent(body, set, secret, 300)
    return true
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false
    throw error
  }
}

receiver.listen(0, '127.0.0.1')
await once(receiver, 'listening')
const address = receiver.address()
if (!address || typeof address === 'string') stop('The receiver has no port.')

const made = await good(
  'create a webhook',
  POST('/webhooks', {
    body: { data: { attributes: { name: 'Contract client', url: `http://127.0.0.1:${address.port}/`, 'enabled-events': ['*'] } } },
  }),
)
const webhook = made.data?.id
const secret = made.data?.attributes?.secrets?.[0]?.value
if (!webhook || !secret) stop('A new webhook has an id and a secret.')
holds(made.data?.attributes?.status === 'disabled', 'a new webhook is disabled')
const ofWebhook = { params: { path: { 'webhook-id': webhook } } }
await good('enable the webhook', POST('/webhooks/{webhook-id}/enable', ofWebhook))

const templates = await good('list inquiry templates', GET('/inquiry-templates'))
const template = templates.data?.[0]?.id
if (!template) stop('The sandbox has no inquiry template.')

const existing = await good('list inquiries', GET('/inquiries', { params: { query: { page: { size: 50 } } } }))
const checks = existing.data?.flatMap(one => one.relationships?.verifications?.data ?? []) ?? []

async function templateOf(type: 'verification/government-id' | 'verification/selfie'): Promise<string> {
  const id = checks.find(one => one.type === type)?.id
  if (!id) return stop(`None of the sandbox's inquiries has a ${type}.`)
  const answer = await good(`retrieve a ${type}`, GET('/verifications/{verification-id}', { params: { path: { 'verification-id': id } } }))
  return answer.data?.relationships?.['verification-template']?.data?.id ?? stop(`A ${type} names its template.`)
}

const governmentId = await templateOf('verification/government-id')
const selfie = await templateOf('verification/selfie')

const created = await good(
  'create an inquiry',
  POST('/inquiries', {
    body: {
      data: { attributes: { 'inquiry-template-id': template, fields: { 'name-first': 'Ada', 'name-last': 'Quill' } } },
      meta: { 'auto-create-account-reference-id': `contract-client-${Date.now()}` },
    },
  }),
)
const inquiry = created.data?.id
if (!inquiry) stop('A new inquiry has an id.')
holds(created.data?.attributes?.status === 'created', 'its status is created')
const path = { 'inquiry-id': inquiry }

await good(
  'simulate what the person does',
  POST('/inquiries/{inquiry-id}/perform-simulate-actions', {
    params: { path },
    body: {
      meta: {
        'simulate-actions': [
          { type: 'start_inquiry' },
          { type: 'create_passed_verification', data: { 'verification-template-id': governmentId } },
          { type: 'create_passed_verification', data: { 'verification-template-id': selfie } },
          { type: 'complete_inquiry' },
          { type: 'mark_for_review_inquiry' },
        ],
      },
    },
  }),
)

const seen = await good(
  'retrieve the inquiry with its account and verifications',
  GET('/inquiries/{inquiry-id}', { params: { path, query: { include: 'account,verifications' } } }),
)
holds(seen.data?.attributes?.status === 'needs_review', 'it needs review')
const types = seen.included?.map(one => one.type) ?? []
for (const type of ['account', 'verification/government-id', 'verification/selfie'] as const) {
  holds(types.includes(type), `a related ${type} is included`)
}

const comment = 'Passport and face match'
const approved = await good('approve it', POST('/inquiries/{inquiry-id}/approve', { params: { path }, body: { meta: { comment } } }))
holds(approved.data?.attributes?.status === 'approved', 'its status is approved')
holds(approved.data.attributes['reviewer-comment'] === comment, 'the comment is kept')

const NAMES = ['created', 'started', 'completed', 'marked-for-review', 'approved'].map(step => `inquiry.${step}`)
const events = await good('list its events', GET('/events', { params: { query: { filter: { 'object-id': inquiry }, page: { size: 100 } } } }))
const listed = events.data?.map(one => one.attributes?.name) ?? []
for (const name of NAMES) holds(listed.includes(name), `the events name ${name}`)

const told = await Promise.all(NAMES.map(name => arrived(name, inquiry)))
const related = seen.data.relationships?.verifications?.data ?? []
const verified = await Promise.all(related.map(({ id }) => (id ? arrived('verification.passed', id) : stop('A verification has an id.'))))
for (const one of [...told, ...verified]) {
  const [set = ''] = sets(one)
  holds(sets(one).length === 1 && verifies(one.body, set, secret), `webhook ${one.name} is signed`)
}
const [first] = told
if (!first) stop('No webhook arrived.')
holds(!verifies(first.body.replace('inquiry', 'inquirz'), sets(first)[0] ?? '', secret), 'a changed byte is refused')
holds(!verifies(first.body, sets(first)[0] ?? '', `${secret}0`), 'another secret is refused')

const rotated = await good(
  'rotate the secret',
  POST('/webhooks/{webhook-id}/rotate-secret', { ...ofWebhook, body: { meta: { 'expires-in-seconds': 600 } } }),
)
const secrets = rotated.data?.attributes?.secrets?.map(one => one.value ?? '') ?? []
holds(secrets.length === 2 && secrets.includes(secret), 'while it rotates there are two secrets, one of them the old')
await good('tag the inquiry', POST('/inquiries/{inquiry-id}/add-tag', { params: { path }, body: { meta: { 'tag-name': 'rotated' } } }))
const tagged = await arrived('inquiry.updated-tags', inquiry)
const signers = sets(tagged).map(set => secrets.filter(one => verifies(tagged.body, set, one)))
holds(signers.length === 2 && signers.every(who => who.length === 1), 'the webhook then has two sets, each by one secret')
holds(new Set(signers.flat()).size === 2, 'both secrets have signed')

await good('archive the webhook', POST('/webhooks/{webhook-id}/archive', ofWebhook))
receiver.close()
receiver.closeAllConnections()
