// node judge.mjs [--report FILE] [--quick] -- COMMAND ARGS...
//
// Puts Prism between COMMAND and any number of sandboxes. Prism judges every call, both request and answer, by
// Persona's own OpenAPI document (PERSONA_OPENAPI). COMMAND finds the API at JUDGE_URL. The end of the API key is the
// port of the sandbox that a call is for: persona_sandbox_via_4810.
//
//   COMMAND -> front -> Prism -> router -> sandbox
//
// Front and router are one process. The router sends exactly the bytes that the front received, and the front returns
// exactly the bytes that the router received, so Prism only observes. --quick leaves out the eye test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { follow, forPrism, operationsOf, readDocument } from './document.mjs'
import { schemasOf } from './schemas.mjs'

const HERE = new URL('.', import.meta.url)
const PROBLEM = 'https://stoplight.io/prism/errors'
const HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'])

export async function startJudge({ file = process.env.PERSONA_OPENAPI, quick = false, say = () => {} } = {}) {
  const document = readDocument(file)
  const operations = operationsOf(document)
  let known
  const schemas = () => (known ??= schemasOf(document))
  const calls = new Map()
  const tally = newTally()
  const toPrism = new http.Agent({ keepAlive: true })
  const toSandbox = new http.Agent({ keepAlive: true })
  let last = 0
  let prism

  function open(call) {
    call.id = String(++last)
    call.operation = operations.find(call.method, call.url.split('?')[0])
    calls.set(call.id, call)
    return call
  }

  // Each call ends once, whichever side reports the end first.
  function end(call) {
    if (call.ended) return false
    call.ended = true
    calls.delete(call.id)
    return true
  }

  const front = http.createServer(async (req, res) => {
    const url = req.url.startsWith(`${operations.base}/`) && req.url.slice(operations.base.length)
    const body = await read(req).catch(() => null)
    if (!body) return
    if (!url) return refuse(res, 404, `The judge knows only ${operations.base}/…; call anything else at the sandbox itself.`)
    const call = open({ method: req.method, url, headers: req.rawHeaders, key: req.headers.authorization, body, res })
    res.on('close', () => {
      if (res.writableFinished || !end(call)) return
      tally.hungUp += 1
      drop(call)
    })
    const wrong = unreadable(req.headers['content-type'], body)
    if (wrong) return fail(call, 400, wrong)
    judged(call, await ask(call))
  })

  /** Prism's complete answer to a call; an `error` if there is none. */
  async function ask(call, again = true) {
    const headers = [...without(call.headers, 'host', 'content-length', 'x-judge-id'), 'host', 'judge', 'x-judge-id', call.id]
    headers.push(...lengthOf(call))
    const req = http.request({ port: prism.port, host: '127.0.0.1', agent: toPrism, method: call.method, path: call.url, headers })
    call.asking = req
    try {
      req.end(call.body)
      const [res] = await once(req, 'response')
      return { status: res.statusCode, headers: res.headers, raw: res.rawHeaders, body: await read(res) }
    } catch (error) {
      // Prism closes idle connections, possibly just when this call was sent on one.
      if (again && req.reusedSocket && !call.reached && !call.ended) return ask(call, false)
      return { error }
    }
  }

  const router = http.createServer(async (req, res) => {
    req.resume()
    const call = calls.get(req.headers['x-judge-id'])
    if (!call) return res.destroy()
    call.reached = true
    call.asked = res
    if (call.canned) return reply(res, call.canned)
    const port = Number(/_via_(\d+)$/.exec(call.key ?? '')?.[1])
    if (!port) {
      fail(call, 502, 'The API key names no sandbox: it must end in _via_ and the port of one.')
      return res.destroy()
    }
    const headers = [...without(call.headers, 'host', 'content-length'), 'host', `127.0.0.1:${port}`, ...lengthOf(call)]
    const options = { port, host: '127.0.0.1', agent: toSandbox, method: call.method, path: operations.base + call.url, headers }
    const onward = http.request(options)
    call.onward = onward
    try {
      onward.end(call.body)
      const [answer] = await once(onward, 'response')
      call.answer = { status: answer.statusCode, raw: answer.rawHeaders, body: await read(answer) }
    } catch {
      if (!end(call)) return
      tally.cut += 1
      call.res.destroy()
      return drop(call)
    }
    const { status } = call.answer
    if ((status >= 500 || status === 405) && end(call)) {
      // The document lists neither status, so there is nothing to judge against.
      tally.faults += 1
      reply(call.res, call.answer)
      return drop(call)
    }
    reply(res, call.answer)
  })

  function drop(call) {
    for (const one of [call.asking, call.onward, call.asked]) one?.destroy()
  }

  function fail(call, status, message) {
    if (!end(call)) return
    violated(call, [{ message }])
    refuse(call.res, status, message)
    drop(call)
  }

  function judged(call, verdict) {
    if (!end(call)) return
    const found = verdict.error
      ? [{ message: `Prism gave no judgement (${verdict.error.message}).` }]
      : violationsOf(verdict, Boolean(call.answer))
    if (call.answer || found.length === 0) tally.judged(call, call.answer?.status ?? verdict.status)
    if (found.length) violated(call, found)
    if (call.answer) reply(call.res, call.answer)
    else if (verdict.error) refuse(call.res, 502, found[0].message)
    else reply(call.res, verdict)
  }

  // Prism reports every alternative of a union that did not match. Validating again with the same schema finds the
  // intended one.
  function explained(call, found) {
    const side = call.answer ?? call
    const pointer = call.operation?.pointer(call.answer?.status)
    if (!pointer || !found.some(one => one.place?.includes('body'))) return found
    try {
      const errors = schemas().errors(pointer, JSON.parse(side.body))
      return errors.length ? [...errors.map(message => ({ message })), ...found.filter(one => !one.place?.includes('body'))] : found
    } catch {
      return found
    }
  }

  function violated(call, found) {
    const body = value => (value?.length ? value.toString('utf8').slice(0, 2048) : null)
    tally.violations.push({
      operationId: call.operation?.id ?? null,
      method: call.method,
      path: call.operation?.path ?? call.url.split('?')[0],
      url: call.url,
      side: call.answer ? 'answer' : 'call',
      requestBody: body(call.body),
      status: call.answer?.status ?? null,
      responseBody: body(call.answer?.body),
      found: explained(call, found),
      prism: found.slice(0, 20),
    })
  }

  // Before anything counts, each operation gets one wrong answer. If Prism does not object, its judgement is worthless.
  // This also compiles every schema, so that no client has to wait for it later.
  async function eyeTest() {
    say('Prism is shown a wrong answer of every operation')
    for (const operation of operations.all) {
      const status = Object.keys(operation.responses).find(code => {
        const content = follow(document, operation.responses[code])?.content
        return /^2\d\d$/.test(code) && content?.['application/json']
      })
      if (!status) continue
      const json = ['content-type', 'application/json']
      const wrong = { status: Number(status), raw: json, body: Buffer.from('{"data":7}') }
      const call = open({ ...sampleCall(document, operation), method: operation.method, canned: wrong })
      const verdict = await ask(call)
      end(call)
      tally.shown += 1
      if (!call.reached || violationsOf(verdict, true).length === 0) tally.blind.add(operation.id)
    }
  }

  async function stop() {
    front.closeAllConnections()
    router.closeAllConnections()
    toPrism.destroy()
    toSandbox.destroy()
    front.close()
    router.close()
    await prism?.stop()
  }

  try {
    const ports = await Promise.all([front, router].map(listen))
    say('Prism is reading the document')
    prism = await startPrism(forPrism(document), `http://127.0.0.1:${ports[1]}${operations.base}`)
    if (!quick) await eyeTest()
    return { url: `http://127.0.0.1:${ports[0]}${operations.base}`, report: () => tally.report(), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function newTally() {
  const operations = new Map()
  return {
    cut: 0,
    faults: 0,
    hungUp: 0,
    shown: 0,
    violations: [],
    blind: new Set(),
    judged({ operation, method }, status) {
      const { id, path } = operation
      if (!operations.has(id)) operations.set(id, { operationId: id, method, path, statuses: {} })
      const { statuses } = operations.get(id)
      statuses[status] = (statuses[status] ?? 0) + 1
    },
    report() {
      const rows = [...operations.values()].sort((a, b) => a.operationId.localeCompare(b.operationId))
      const sum = rows.flatMap(row => Object.values(row.statuses)).reduce((a, b) => a + b, 0)
      return {
        operations: rows,
        judged: sum,
        faults: { cut: this.cut, answers: this.faults },
        hungUp: this.hungUp,
        eyeTest: { shown: this.shown, unnoticed: [...this.blind] },
        blind: rows.map(row => row.operationId).filter(id => this.blind.has(id)),
        violations: this.violations,
      }
    },
  }
}

// Prism never answers a body that it cannot parse.
function unreadable(type, body) {
  if (body.length > 10_000_000) return 'The body is larger than the 10 MB that Prism reads.'
  if (!body.length || !/^application\/([\w.-]+\+)?json/i.test(type ?? '')) return null
  try {
    JSON.parse(body)
    return null
  } catch (error) {
    return `The body is not JSON (${error.message}).`
  }
}

/** What Prism objects to in a call with this answer. */
function violationsOf({ status, headers, body }, reached) {
  const place = one => (one.location ?? []).map(part => (/^\d+$/.test(part) ? '*' : part)).join('.')
  const plain = one => ({ place: place(one), message: one.message.replace(/\.\d+(?=[. ])/g, '.*') })
  if (/^application\/problem\+json/.test(headers['content-type'] ?? '')) {
    const problem = JSON.parse(body)
    if (problem.type?.startsWith(PROBLEM)) {
      return problem.validation?.map(plain) ?? [{ message: `${problem.title}: ${problem.detail}` }]
    }
  }
  if (!reached) return [{ message: `Prism refused the call with ${status}: ${body.toString('utf8').slice(0, 300)}` }]
  // For Prism an undocumented 4xx is only a warning, which it puts in a header.
  const warnings = headers['sl-violations']
  if (!warnings) return []
  return warnings.startsWith('[') ? JSON.parse(warnings).map(plain) : [{ message: warnings.slice(0, 500) }]
}

async function startPrism(document, upstream) {
  mkdirSync(new URL('build/', HERE), { recursive: true })
  const file = fileURLToPath(new URL(`build/prism-${process.pid}.json`, HERE))
  writeFileSync(file, JSON.stringify(document))
  const port = await freePort()
  const cli = createRequire(import.meta.url).resolve('@stoplight/prism-cli')
  const args = ['--import', new URL('prism.mjs', HERE).href, '--max-old-space-size=4096', cli, 'proxy', '--errors']
  const child = spawn(process.execPath, [...args, '--host', '127.0.0.1', '--port', port, '-v', 'fatal', file, upstream], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C is meant for the command; Prism must still judge its last calls.
    detached: true,
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (words = (words + text).slice(-2000)))
  const ended = new Promise(resolve => child.once('close', resolve))
  // While Prism reads the document, it reacts to no weaker signal.
  const kill = () => {
    child.kill('SIGKILL')
    rmSync(file, { force: true })
  }
  process.once('exit', kill)
  let stopping = false
  const stop = () => {
    stopping = true
    process.off('exit', kill)
    kill()
    return ended
  }
  try {
    for (const until = Date.now() + 300_000; !(await answers(port)); ) {
      if (child.exitCode !== null || child.signalCode) throw new Error(`Prism ended at its start; it said:\n${words}`)
      if (Date.now() > until) throw new Error('Prism did not get ready within five minutes. Is the machine overloaded?')
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  } catch (error) {
    await stop()
    throw error
  }
  child.once('close', () => stopping || console.error(`Prism ended in the middle of the run; it said:\n${words}`))
  return { port, stop }
}

function answers(port) {
  return new Promise(resolve => {
    const req = http.get({ port, host: '127.0.0.1', path: '/', agent: false }, res => {
      res.resume().on('end', () => resolve(true))
    })
    req.on('error', () => resolve(false))
  })
}

/** The shortest call that the document allows. */
function sampleCall(document, operation) {
  let url = operation.path.replace(/\{([^}]+)\}/g, (_, hole) => {
    const { schema } = operation.parameters.find(({ in: where, name }) => where === 'path' && name === hole) ?? {}
    return encodeURIComponent(sample(document, schema))
  })
  const headers = ['authorization', 'Bearer persona_sandbox_eye_test']
  const query = []
  for (const { in: where, name, required, schema } of operation.parameters) {
    const value = required && where !== 'path' ? sample(document, schema) : undefined
    if (where === 'header' && value !== undefined) headers.push(name, String(value))
    if (where === 'query' && typeof value === 'object') {
      for (const [key, one] of Object.entries(value)) query.push([`${name}[${key}]`, one])
    } else if (where === 'query' && value !== undefined) query.push([name, value])
  }
  if (query.length) url += `?${new URLSearchParams(query)}`
  let body = Buffer.alloc(0)
  const content = operation.body?.required && operation.body.content['application/json']
  if (content) {
    const example = follow(document, Object.values(content.examples ?? {})[0])?.value
    body = Buffer.from(JSON.stringify(example ?? sample(document, content.schema)))
    headers.push('content-type', 'application/json')
  }
  return { url, headers, body }
}

function sample(document, given) {
  const schema = follow(document, given) ?? {}
  if (schema.const !== undefined) return schema.const
  const shown = schema.example ?? schema.examples?.[0] ?? schema.enum?.[0]
  if (shown !== undefined) return shown
  const other = schema.oneOf?.[0] ?? schema.anyOf?.[0]
  if (other) return sample(document, other)
  const type = [schema.type].flat()[0]
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1
  if (type === 'boolean') return true
  if (type === 'array') return [sample(document, schema.items)]
  const parts = [schema, ...(schema.allOf ?? []).map(part => follow(document, part))]
  if (type === 'object' || schema.allOf) {
    const needed = parts.flatMap(part => (part.required ?? []).map(key => [key, sample(document, part.properties?.[key])]))
    return Object.fromEntries(needed)
  }
  // ^act_[a-zA-Z0-9]{24,28}$
  return schema.pattern?.replace(/^\^/, '').replace(/\[.*\{(\d+).*$/, (_, count) => 'x'.repeat(count)) ?? 'x'
}

async function read(stream) {
  const parts = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

function without(raw, ...names) {
  return raw.filter((_, at) => {
    const name = raw[at - (at % 2)].toLowerCase()
    return !HOP.has(name) && !names.includes(name)
  })
}

// Without a length, Node sends even an empty body in chunks, and Prism counts that as a body.
function lengthOf({ method, body }) {
  return body.length || !['GET', 'HEAD'].includes(method) ? ['content-length', String(body.length)] : []
}

function reply(res, { status, raw, body }) {
  if (res.destroyed) return
  res.sendDate = false
  const headers = without(raw, 'content-length')
  if (status !== 204 && status !== 304) headers.push('content-length', String(body.length))
  res.writeHead(status, headers)
  res.end(body)
}

function refuse(res, status, message) {
  const body = Buffer.from(JSON.stringify({ errors: [{ title: 'Judge', details: message }] }))
  reply(res, { status, raw: ['content-type', 'application/json'], body })
}

async function listen(server) {
  // No idle timeout here: a client would see a connection cut that the sandbox had left open.
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

async function freePort() {
  const server = http.createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}

/** The calls of each operation, as text. */
function table(report) {
  const rows = report.operations.map(row => {
    const counts = Object.entries(row.statuses).map(([status, count]) => `${status} x${count}`)
    return [row.operationId, `${row.method} ${row.path}`, counts.join('  ')]
  })
  const wide = [0, 1].map(column => Math.max(0, ...rows.map(row => row[column].length)))
  return ['', 'Calls judged, by operation', ...rows.map(([id, call, counts]) => `  ${id.padEnd(wide[0])}  ${call.padEnd(wide[1])}  ${counts}`)]
}

/** The report as text. Leaves out the calls of each operation if the command failed: why it failed was printed before. */
export function written(report, failed = false) {
  const lines = failed ? [] : table(report)
  lines.push('', `${report.operations.length} operations, ${report.judged} calls judged`)
  const { cut, answers } = report.faults
  lines.push(`faults, not judged: ${cut + answers} (${cut} connections cut, ${answers} answers of 405 or 500 and above)`)
  if (report.hungUp) lines.push(`calls that the client gave up, not judged: ${report.hungUp}`)
  lines.push(`violations: ${report.violations.length}`)
  const groups = new Map()
  for (const one of report.violations) {
    for (const { place, message } of one.found) {
      const where = one.operationId ?? `${one.method} ${one.path}`
      const said = `${where} (${one.side}): ${place && !message.includes('property') ? `${place} ` : ''}${message}`
      const key = said.replace(/\b[a-z]+_[A-Za-z0-9]{16,}/g, '{id}')
      groups.set(key, { count: (groups.get(key)?.count ?? 0) + 1, first: groups.get(key)?.first ?? one })
    }
  }
  for (const [key, { count, first }] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
    lines.push('', `  ${count} x ${key}`, `    for example ${first.method} ${first.url}${first.status ? `, answered ${first.status}` : ''}`)
    if (first.requestBody) lines.push(`    asked: ${first.requestBody.slice(0, 300)}`)
    if (first.responseBody) lines.push(`    answer: ${first.responseBody.slice(0, 300)}`)
  }
  for (const id of report.blind) lines.push('', `  Prism does not notice a wrong answer to ${id}: its judgement there is worth nothing.`)
  if (!report.judged) lines.push('', 'Nothing was judged. Does the command call the API at JUDGE_URL?')
  return lines.join('\n')
}

export const passes = report => report.judged > 0 && !report.violations.length && !report.blind.length

async function main(args) {
  const split = args.indexOf('--')
  const options = args.slice(0, split)
  const [command, ...rest] = args.slice(split + 1)
  const at = options.indexOf('--report')
  const file = at < 0 ? null : options.splice(at, 2)[1]
  const quick = options.includes('--quick')
  if (split < 0 || !command || file === undefined || options.some(one => one !== '--quick')) {
    console.error('Usage: node judge.mjs [--report FILE] [--quick] -- COMMAND ARGS...')
    return 2
  }
  const say = text => console.error(`» ${text}`)
  let child
  let stopped
  let judge
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (!child) process.exit(128 + constants.signals[signal])
      stopped = signal
      child.kill(signal)
    })
  }
  try {
    judge = await startJudge({ quick, say })
  } catch (error) {
    console.error(error.message)
    return 2
  }
  say(`ready, the API is at ${judge.url}`)
  child = spawn(command, rest, { stdio: 'inherit', env: { ...process.env, JUDGE_URL: judge.url } })
  const code = await new Promise(resolve => {
    child.once('error', error => {
      console.error(`${command} cannot be started (${error.message}).`)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
  const report = judge.report()
  await judge.stop()
  console.log(written(report, code !== 0))
  if (file) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  if (stopped) return 128 + constants.signals[stopped]
  return code || (passes(report) ? 0 : 1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
