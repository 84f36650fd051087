// node webhooks.mjs http://127.0.0.1:4810
//
// Causes every event that a sandbox can send, and receives all of them as webhooks. Validates each body against its
// schema in Persona's OpenAPI document (PERSONA_OPENAPI), and each signature with Stripe's verifier. If JUDGE_URL is
// set, the calls go there, so `node judge.mjs -- node webhooks.mjs http://127.0.0.1:4810` judges those too.
import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Stripe from 'stripe'
import { readDocument } from './document.mjs'
import { schemasOf } from './schemas.mjs'

let loaded

function load() {
  if (!loaded) {
    const document = readDocument()
    loaded = { names: new Set(Object.keys(document.webhooks)), schemas: schemasOf(document) }
  }
  return loaded
}

export const hasSchema = name => load().names.has(name)

/**
 * Errors in the body of a webhook; none if the body is as the document says, or if the document has no schema for it.
 */
export function judgeWebhook(name, body) {
  if (!hasSchema(name)) return []
  return load().schemas.errors(`#/webhooks/${name.replaceAll('/', '~1')}/post/requestBody/content/application~1json/schema`, body)
}

/**
 * Whether the header is right for the body, by Stripe's verifier. Persona sends one set for each secret, separated by a
 * space.
 */
export function signed(header, body, secret) {
  return header.split(' ').some(set => {
    try {
      Stripe.webhooks.signature.verifyHeader(body, set, secret, 300)
      return true
    } catch {
      return false
    }
  })
}

/** Receives webhooks: a list of `{ header, body, value }`, with `body` as bytes and `value` as the parsed body. */
export async function startReceiver() {
  const received = []
  const server = http.createServer(async (req, res) => {
    const parts = []
    for await (const part of req) parts.push(part)
    const body = Buffer.concat(parts)
    received.push({ header: req.headers['persona-signature'] ?? '', body, value: JSON.parse(body) })
    res.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { received, url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close(() => {}) }
}

class NotYet extends Error {}

function caller(origin) {
  const base = process.env.JUDGE_URL ?? `${origin}/api/v1`
  const key = `persona_sandbox_via_${new URL(origin).port}`
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) }
    const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) }).catch(error => {
      throw new Error(`${method} ${base}${path} gets no answer (${error.cause?.message ?? error.message}). Does the sandbox run there?`)
    })
    const text = await response.text()
    if ([404, 405].includes(response.status)) throw new NotYet(`${method} ${path} answers ${response.status}`)
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }
}

/** Helpers for the drivers: calls, and ids of the sandbox's objects. */
async function workshop(origin) {
  const call = caller(origin)
  const get = path => call('GET', path)
  const post = (path, body) => call('POST', path, body)
  const patch = (path, attributes, meta) => call('PATCH', path, { data: { attributes }, ...(meta && { meta }) })
  const remove = path => call('DELETE', path)
  const all = async path => (await get(`${path}?page[size]=100`)).data
  const [inquiries, accounts, cases, reports] = await Promise.all(['/inquiries', '/accounts', '/cases', '/reports'].map(all))
  const template = (await get('/inquiry-templates')).data[0].id
  const verificationTemplates = new Map()
  for (const { type, id } of inquiries.flatMap(one => one.relationships.verifications.data)) {
    if (verificationTemplates.has(type)) continue
    const { data } = await get(`/verifications/${id}`)
    verificationTemplates.set(type, data.relationships['verification-template'].data.id)
  }
  const accountTypes = new Map(accounts.map(one => [one.attributes['account-type-name'], one.relationships['account-type'].data.id]))
  const reportTemplates = new Map(reports.map(one => [one.type, one.relationships['report-template'].data.id]))
  const newInquiry = async (...actions) => {
    const attributes = { 'inquiry-template-id': template, fields: { 'name-first': 'Ada', 'name-last': 'Quill' } }
    const { data } = await post('/inquiries', { data: { attributes }, meta: { 'auto-create-inquiry-session': true } })
    if (actions.length) await simulate(data.id, ...actions)
    return data.id
  }
  const simulate = (id, ...actions) =>
    post(`/inquiries/${id}/perform-simulate-actions`, {
      meta: { 'simulate-actions': actions.map(one => (typeof one === 'string' ? { type: one } : one)) },
    })
  const verification = (passed, type) => ({
    type: passed ? 'create_passed_verification' : 'create_failed_verification',
    data: { 'verification-template-id': verificationTemplates.get(type) },
  })
  const newAccount = async (type = 'User', fields) => {
    const attributes = { 'account-type-id': accountTypes.get(type), ...fields }
    return (await post('/accounts', { data: { attributes } })).data.id
  }
  const newCase = async (meta, attributes) => {
    const template = cases[0].relationships['case-template'].data.id
    return (await post('/cases', { data: { attributes: { 'case-template-id': template, ...attributes } }, meta })).data.id
  }
  const newReport = async (type, query) => {
    const attributes = { 'report-template-id': reportTemplates.get(type), query }
    return (await post('/reports', { data: { type, attributes } })).data.id
  }
  const tags = async path => {
    await post(`${path}/add-tag`, { meta: { 'tag-name': 'contract one' } })
    await post(`${path}/set-tags`, { meta: { 'tag-name': ['contract two', 'contract three'] } })
    await post(`${path}/remove-tag`, { meta: { 'tag-name': 'contract two' } })
  }
  const admin = (method, path) => fetch(`${origin}/sandbox/${path}`, { method })
  return {
    ...{ get, post, patch, remove, admin, inquiries, accounts, cases, reports, verificationTemplates },
    ...{ newInquiry, simulate, verification, newAccount, newCase, newReport, tags },
  }
}

const WATCHED = { 'name-first': 'Kim', 'name-last': 'Jong Un' }
const EXPOSED = { 'name-first': 'Boris', 'name-last': 'Johnson' }

// Drivers that cause events. A call that the sandbox does not know (404, 405) makes its driver "not yet"; any other
// failure is an error. To cover a new event, add a line.
export const DRIVERS = {
  'inquiry approved': async to => to.post(`/inquiries/${await to.newInquiry('start_inquiry', 'complete_inquiry')}/approve`, { meta: { comment: 'fine' } }),
  'inquiry declined': async to => to.post(`/inquiries/${await to.newInquiry('start_inquiry', 'complete_inquiry')}/decline`),
  'inquiry marked for review': async to => to.post(`/inquiries/${await to.newInquiry('start_inquiry', 'complete_inquiry')}/mark-for-review`),
  'inquiry expired': async to => to.post(`/inquiries/${await to.newInquiry('start_inquiry')}/expire`),
  'inquiry resumed': async to => {
    const id = await to.newInquiry('start_inquiry', 'expire_inquiry')
    await to.post(`/inquiries/${id}/resume`)
    await to.post(`/inquiries/${id}/generate-one-time-link`, { meta: { 'expires-in-seconds': 600 } })
  },
  'inquiry by simulation alone': async to => {
    for (const end of ['approve_inquiry', 'decline_inquiry']) {
      await to.newInquiry('start_inquiry', 'complete_inquiry', 'mark_for_review_inquiry', end)
    }
    for (const end of ['fail_inquiry', 'expire_inquiry']) await to.newInquiry('start_inquiry', end)
  },
  'verifications of each kind': async to => {
    for (const type of to.verificationTemplates.keys()) {
      const id = await to.newInquiry('start_inquiry', to.verification(false, type), to.verification(true, type), 'complete_inquiry')
      await to.post(`/inquiries/${id}/approve`)
    }
  },
  'inquiry updated': async to => to.patch(`/inquiries/${await to.newInquiry()}`, { note: 'a note', tags: ['contract'], fields: { 'name-first': 'Bea' } }),
  'inquiry tags': async to => to.tags(`/inquiries/${await to.newInquiry()}`),
  'inquiry redacted': async to => {
    const types = [...to.verificationTemplates.keys()]
    await to.remove(`/inquiries/${await to.newInquiry('start_inquiry', ...types.map(type => to.verification(true, type)), 'complete_inquiry')}`)
    for (const one of to.inquiries.filter(one => !one.attributes['redacted-at']).slice(-5)) await to.remove(`/inquiries/${one.id}`)
  },
  'sessions': async to => {
    const { data } = await to.post('/inquiry-sessions', { data: { attributes: { 'inquiry-id': await to.newInquiry() } } })
    await to.post(`/inquiry-sessions/${data.id}/generate-one-time-link`)
    await to.post(`/inquiry-sessions/${data.id}/expire`)
    await to.post('/inquiry-sessions/expire-all', { meta: { 'inquiry-ids': [await to.newInquiry()] } })
  },
  'unfinished inquiries expired, with their open verifications': async to => {
    const { data } = await to.get('/inquiries?filter[status]=created,pending&page[size]=100')
    const unfinished = data.filter(one => !one.attributes['redacted-at'] && to.inquiries.some(known => known.id === one.id))
    for (const one of unfinished) await to.post(`/inquiries/${one.id}/expire`)
  },
  'arrivals': async to => {
    for (let count = 0; count < 15; count += 1) {
      const { status } = await to.admin('POST', 'arrive')
      if (status !== 200) throw new NotYet(`POST /sandbox/arrive answers ${status}`)
    }
  },
  'account created and updated': async to => {
    const id = await to.newAccount('User', { 'name-first': 'Ada', 'reference-id': `contract-${Date.now()}` })
    await to.patch(`/accounts/${id}`, { fields: { name: { first: 'Bea' } }, 'account-status': 'Approved', tags: ['contract'] })
  },
  'account tags': async to => to.tags(`/accounts/${await to.newAccount()}`),
  'relations': async to => {
    const [business, person, spouse] = [await to.newAccount('Business'), await to.newAccount(), await to.newAccount()]
    for (const [from, key, target] of [[business, 'beneficial_owners', person], [person, 'spouse', spouse]]) {
      const meta = { 'relation-schema-key': key, 'target-object-id': target }
      await to.post(`/accounts/${from}/add-relation`, { meta })
      await to.post(`/accounts/${from}/remove-relation`, { meta })
    }
  },
  'accounts consolidated': async to => {
    const [home, source] = [await to.newAccount(), await to.newAccount()]
    await to.post(`/accounts/${home}/consolidate`, { meta: { 'source-account-ids': [source] } })
  },
  'accounts redacted': async to => {
    await to.remove(`/accounts/${await to.newAccount('User', { 'name-first': 'Ada', birthdate: '1990-01-02' })}`)
    for (const one of to.accounts.slice(-3)) await to.remove(`/accounts/${one.id}`)
  },
  'case': async to => {
    const [one, two] = to.inquiries
    const id = await to.newCase({ 'object-ids': [one.id] }, { fields: { risk_band: 'high' } })
    await to.post(`/cases/${id}/add-objects`, { meta: { 'object-ids': [two.id, to.accounts[0].id, to.reports[0].id] } })
    await to.post(`/cases/${id}/assign`, { meta: { 'user-email-address': 'jo@reviewer.example.test' } })
    await to.patch(`/cases/${id}`, { fields: { risk_band: 'low' } })
    for (const status of ['Pending', 'Approved', 'Open', 'Declined']) await to.post(`/cases/${id}/set-status`, { meta: { status } })
    await to.post(`/cases/${id}/remove-objects`, { meta: { 'object-ids': [two.id] } })
  },
  'case queue': async to => {
    const queued = to.cases.find(one => one.relationships['case-queue'].data)
    const id = await to.newCase()
    await to.patch(`/cases/${id}`, { 'case-queue-id': queued.relationships['case-queue'].data.id })
    await to.patch(`/cases/${id}`, { 'case-queue-id': null })
  },
  'case tags': async to => to.tags(`/cases/${await to.newCase()}`),
  'case overdue': async to => to.newCase({ 'sla-expires-in-seconds': 1 }),
  'case redacted': async to => to.remove(`/cases/${await to.newCase({}, { fields: { risk_band: 'high' } })}`),
  'reports made': async to => {
    for (const [type, query] of [
      ['report/watchlist', WATCHED], ['report/politically-exposed-person', EXPOSED], ['report/adverse-media', WATCHED],
      ['report/watchlist', EXPOSED], ['report/politically-exposed-person', WATCHED], ['report/adverse-media', EXPOSED],
    ]) await to.newReport(type, query)
  },
  'report run again': async to => to.post(`/reports/${await to.newReport('report/watchlist', WATCHED)}/run`),
  'report matches dismissed': async to => {
    for (const type of ['report/watchlist', 'report/politically-exposed-person', 'report/adverse-media']) {
      const report = (await to.get('/reports?page[size]=100')).data.find(one => one.type === type && one.attributes['has-match'])
      if (!report) throw new Error(`no ${type} has a match`)
      const entity = report.attributes['related-sources']?.[0]['entity-id']
      const attributes = { reason: 'someone else', ...(entity && { 'dismiss-type': 'entity', 'entity-id': entity }) }
      await to.post(`/reports/${report.id}/dismiss`, { data: { attributes } })
    }
  },
  'report tags': async to => to.tags(`/reports/${to.reports[0].id}`),
  'report redacted': async to => to.remove(`/reports/${await to.newReport('report/watchlist', WATCHED)}`),
  // Bodies of all objects that existed at the start, with all their related objects.
  'a tag for everything': async to => {
    for (const kind of ['inquiries', 'accounts', 'cases']) {
      for (const one of to[kind].filter(one => !one.attributes['redacted-at'])) {
        try {
          await to.post(`/${kind}/${one.id}/add-tag`, { meta: { 'tag-name': 'contract' } })
        } catch (error) {
          // A driver above has redacted it.
          if (!error.message.includes(' 409')) throw error
        }
      }
    }
  },
}

async function main([origin]) {
  if (!origin?.startsWith('http')) {
    console.error('Usage: node webhooks.mjs http://127.0.0.1:PORT   (a running sandbox)')
    return 2
  }
  const problems = []
  const receiver = await startReceiver()
  const to = await workshop(origin)
  const webhook = (await to.post('/webhooks', {
    data: {
      attributes: { name: 'Contract', url: receiver.url, 'enabled-events': ['*'], 'included-allowlist': { state: 'include_all' } },
    },
  })).data
  const { secret } = webhook.attributes
  await to.post(`/webhooks/${webhook.id}/enable`)

  for (const [name, drive] of Object.entries(DRIVERS)) {
    try {
      await drive(to)
    } catch (error) {
      if (error instanceof NotYet) console.log(`not yet: ${name} (${error.message})`)
      else problems.push(`${name}: ${error.message}`)
    }
  }
  const promised = await to.admin('GET', 'events').then(answer => (answer.ok ? answer.json() : null))
  const names = () => new Set(receiver.received.map(({ value }) => value.data.attributes.name))
  const missing = () => (promised ?? ['case.sla-expired']).filter(name => !names().has(name))
  // A sandbox looks for overdue objects only every ten seconds, and its webhooks may need a second attempt.
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(250)) {
    const open = await to.admin('GET', 'deliveries?state=pending').then(answer => (answer.ok ? answer.json() : []))
    if (open.every(one => one['webhook-id'] !== webhook.id) && !missing().length) break
  }
  await to.post(`/webhooks/${webhook.id}/archive`)
  receiver.stop()

  const rows = new Map()
  const wrong = new Map()
  for (const { header, body, value } of receiver.received) {
    const { name } = value.data.attributes
    const row = rows.get(name) ?? { count: 0, invalid: 0, unsigned: 0 }
    rows.set(name, row)
    row.count += 1
    const errors = judgeWebhook(name, value)
    if (errors.length) row.invalid += 1
    for (const error of errors) {
      const key = `${name}: ${error}`
      wrong.set(key, { count: (wrong.get(key)?.count ?? 0) + 1, body: wrong.get(key)?.body ?? body })
    }
    if (!signed(header, body, secret)) row.unsigned += 1
    // Shows that both judges find errors: an unknown member in the body, and a changed byte.
    if (row.count === 1) {
      if (hasSchema(name) && !judgeWebhook(name, { data: { ...value.data, stranger: 1 } }).length) problems.push(`${name}: its schema notices nothing`)
      const changed = Buffer.from(body)
      changed[changed.length - 2] ^= 1
      if (signed(header, changed, secret)) problems.push(`${name}: a changed byte was not noticed`)
    }
  }

  const width = Math.max(5, ...[...rows.keys()].map(name => name.length))
  console.log(`\n${'Event'.padEnd(width)}  count  judgement`)
  for (const [name, { count, invalid, unsigned }] of [...rows].sort(([a], [b]) => a.localeCompare(b))) {
    const said = hasSchema(name) ? (invalid ? `${invalid} INVALID` : 'ok') : 'no schema in the document'
    console.log(`${name.padEnd(width)}  ${String(count).padStart(5)}  ${said}${unsigned ? `, ${unsigned} WITH A WRONG SIGNATURE` : ''}`)
    if (unsigned) problems.push(`${name}: ${unsigned} signatures do not verify`)
  }
  console.log(`\n${rows.size} kinds of events, ${receiver.received.length} webhooks`)
  if (!promised) console.log('GET /sandbox/events does not exist yet, so nobody knows whether that is all.')
  for (const name of promised ? missing() : []) problems.push(`${name} is on the list of what the sandbox can send, but was never received`)
  for (const name of promised ? [...rows.keys()].filter(name => !promised.includes(name)) : []) {
    problems.push(`${name} was received, but is not on the list of what the sandbox can send`)
  }
  for (const [key, { count, body }] of [...wrong].sort(([a], [b]) => a.localeCompare(b))) {
    problems.push(`${count} x ${key}\n    for example ${body.toString('utf8').slice(0, 160)}…`)
  }
  for (const problem of problems) console.log(`✗ ${problem}`)
  if (!rows.size) console.log('✗ No webhook was received. Can the sandbox reach this machine?')
  return problems.length || !rows.size ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    console.error(`✗ ${error.message}`)
    process.exit(1)
  }
}
