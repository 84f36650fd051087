// node --test. One Prism, a document of a few lines, and sandboxes that behave as each test says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { passes, startJudge, written } from './judge.mjs'

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Things', version: '1' },
  servers: [{ url: 'https://things.example.test/api/v1' }],
  security: [{ key: [] }],
  paths: {
    '/things': {
      get: { operationId: 'list-things', responses: { 200: { $ref: '#/components/responses/any' } } },
      post: {
        operationId: 'make-a-thing',
        requestBody: {
          content: {
            'application/json': {
              schema: { type: 'object', additionalProperties: false, required: ['name'], properties: { name: { type: 'string' } } },
            },
          },
        },
        responses: { 201: { $ref: '#/components/responses/thing' } },
      },
    },
    '/things/{thing-id}': {
      parameters: [{ name: 'thing-id', in: 'path', required: true, schema: { type: 'string' } }],
      get: { operationId: 'get-a-thing', responses: { 200: { $ref: '#/components/responses/thing' }, 404: { description: 'none' } } },
    },
    '/things/print': {
      get: {
        operationId: 'print-things',
        responses: { 200: { description: 'a file', content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } } },
      },
    },
  },
  components: {
    securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    responses: {
      any: { description: 'anything at all', content: { 'application/json': { schema: {} } } },
      thing: {
        description: 'a thing',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              unevaluatedProperties: false,
              allOf: [{ type: 'object', required: ['data'], properties: { data: { $ref: '#/components/schemas/thing' } } }],
            },
          },
        },
      },
    },
    schemas: {
      thing: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { type: 'string' }, parts: { type: 'array', items: { $ref: '#/components/schemas/thing' } } },
      },
    },
  },
}

const JSON_TYPE = ['Content-Type', 'application/json; charset=utf-8']
const folder = mkdtempSync(join(tmpdir(), 'judge-'))
const sandboxes = []
let judge

/** A sandbox: `answer(req, res, body)` determines its answers. */
async function sandbox(answer) {
  const server = http.createServer(async (req, res) => {
    const parts = []
    for await (const part of req) parts.push(part)
    answer(req, res, Buffer.concat(parts))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  sandboxes.push(server)
  return server.address().port
}

const says = (status, body, headers = JSON_TYPE) => (req, res) => {
  res.writeHead(status, headers)
  res.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body))
}

function call(port, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer persona_sandbox_via_${port}`, ...(body && { 'content-type': 'application/json' }) }
    const req = http.request(judge.url + path, { method, headers }, async res => {
      const parts = []
      for await (const part of res) parts.push(part)
      resolve({ status: res.statusCode, raw: res.rawHeaders, body: Buffer.concat(parts) })
    })
    req.on('error', reject)
    req.end(body)
  })
}

/** What the judge counted while `work` ran. */
async function counted(work) {
  const before = judge.report()
  const found = before.violations.length
  await work()
  const report = judge.report()
  return {
    judged: report.judged - before.judged,
    cut: report.faults.cut - before.faults.cut,
    faults: report.faults.answers - before.faults.answers,
    hungUp: report.hungUp - before.hungUp,
    violations: report.violations.slice(found),
  }
}

before(async () => {
  const file = join(folder, 'things.json')
  writeFileSync(file, JSON.stringify(DOCUMENT))
  judge = await startJudge({ file })
})

after(async () => {
  for (const server of sandboxes) {
    server.closeAllConnections()
    server.close()
  }
  await judge?.stop()
  rmSync(folder, { recursive: true })
})

test('a right call passes, both ways byte for byte', async () => {
  let got
  const port = await sandbox((req, res, body) => {
    got = { url: req.url, headers: req.headers, body: body.toString() }
    says(201, '{ "data":  {"name":"\\u0041"} }', [...JSON_TYPE, 'Request-Id', 'req_1', 'X-Two', 'a', 'X-Two', 'b'])(req, res)
  })
  const { judged, violations } = await counted(async () => {
    const answer = await call(port, 'POST', '/things?a=%2B', '{"name":   "\\u0042"}')
    assert.equal(answer.status, 201)
    assert.equal(answer.body.toString(), '{ "data":  {"name":"\\u0041"} }')
    const names = answer.raw.filter((_, at) => at % 2 === 0)
    assert.deepEqual(names.slice(0, 4), ['Content-Type', 'Request-Id', 'X-Two', 'X-Two'])
    assert.ok(!names.some(name => /^(access-control|sl-)/i.test(name)), 'nothing of Prism')
  })
  assert.equal(got.url, '/api/v1/things?a=%2B')
  assert.equal(got.body, '{"name":   "\\u0042"}')
  assert.equal(got.headers.host, `127.0.0.1:${port}`)
  assert.equal(got.headers['x-judge-id'], undefined)
  assert.equal(judged, 1)
  assert.deepEqual(violations, [])
})

test('a file passes unchanged', async () => {
  const file = Buffer.from([0x25, 0x50, 0x44, 0x46, 0, 0xff, 0xfe, 0x80])
  const port = await sandbox(says(200, file, ['Content-Type', 'application/pdf']))
  const { violations } = await counted(async () => {
    assert.deepEqual((await call(port, 'GET', '/things/print')).body, file)
  })
  assert.deepEqual(violations, [])
})

test('a wrong call is a violation and never arrives', async () => {
  let arrived = false
  const port = await sandbox((req, res) => {
    arrived = true
    says(201, { data: { name: 'a' } })(req, res)
  })
  const { violations, judged } = await counted(async () => {
    assert.equal((await call(port, 'POST', '/things', '{"name":"a","stranger":1}')).status, 422)
    await call(port, 'PATCH', '/things/1')
    await call(port, 'GET', '/nothing')
    assert.equal((await call(port, 'POST', '/things', '{"name":')).status, 400)
  })
  assert.equal(arrived, false)
  assert.equal(judged, 0)
  assert.deepEqual(violations.map(one => [one.side, one.operationId]), [['call', 'make-a-thing'], ['call', null], ['call', null], ['call', 'make-a-thing']])
  assert.match(violations[0].found[0].message, /additional properties \(stranger\)/)
  assert.equal(violations[0].requestBody, '{"name":"a","stranger":1}')
})

test('a wrong answer is a violation and passes all the same', async () => {
  const port = await sandbox((req, res) => says(200, { data: { name: 7 } })(req, res))
  const { violations, judged } = await counted(async () => {
    const answer = await call(port, 'GET', '/things/1')
    assert.equal(answer.status, 200)
    assert.equal(answer.body.toString(), '{"data":{"name":7}}')
  })
  assert.equal(judged, 1)
  assert.equal(violations.length, 1)
  assert.deepEqual(violations[0].found, [{ message: '/data/name must be string' }])
  assert.equal(violations[0].operationId, 'get-a-thing')
  assert.equal(violations[0].responseBody, '{"data":{"name":7}}')
  assert.match(written(judge.report()), /1 x get-a-thing \(answer\): \/data\/name must be string/)
})

test('what Prism alone would overlook is seen: recursion and unevaluatedProperties', async () => {
  const answers = [{ data: { name: 'a', parts: [{ name: 7 }] } }, { data: { name: 'a' }, stranger: 1 }]
  const port = await sandbox((req, res) => says(200, answers.shift())(req, res))
  const { violations } = await counted(async () => {
    await call(port, 'GET', '/things/1')
    await call(port, 'GET', '/things/1')
  })
  assert.deepEqual(violations.map(one => one.found[0].message), [
    '/data/parts/*/name must be string',
    '/ must NOT have unevaluated properties (stranger)',
  ])
})

test('a status that the document does not list is a violation, one that it lists is not', async () => {
  const statuses = [404, 409]
  const port = await sandbox((req, res) => says(statuses.shift(), {})(req, res))
  const { violations, judged } = await counted(async () => {
    assert.equal((await call(port, 'GET', '/things/1')).status, 404)
    assert.equal((await call(port, 'GET', '/things/1')).status, 409)
  })
  assert.equal(judged, 2)
  assert.equal(violations.length, 1)
  assert.match(violations[0].found[0].message, /status code/)
})

test('faults pass and are not judged', async () => {
  const port = await sandbox((req, res) => {
    if (req.url.endsWith('cut')) return res.socket.destroy()
    if (req.url.endsWith('half')) {
      res.writeHead(200, { 'content-length': 100 })
      return res.write('{', () => res.socket.destroy())
    }
    says(req.url.endsWith('405') ? 405 : 503, { errors: [] }, [...JSON_TYPE, 'Allow', 'GET'])(req, res)
  })
  const result = await counted(async () => {
    const refused = await call(port, 'GET', '/things/405')
    assert.equal(refused.status, 405)
    assert.ok(refused.raw.includes('Allow'))
    assert.equal((await call(port, 'GET', '/things/503')).status, 503)
    await assert.rejects(call(port, 'GET', '/things/cut'), { code: 'ECONNRESET' })
    await assert.rejects(call(port, 'GET', '/things/half'), { code: 'ECONNRESET' })
  })
  assert.deepEqual(result, { judged: 0, cut: 2, faults: 2, hungUp: 0, violations: [] })
})

test('a client that hangs up is hung up on the sandbox too', async () => {
  let closed
  const arrived = new Promise(resolve => {
    sandbox((req, res) => {
      closed = once(res, 'close')
      resolve()
    }).then(port => {
      const req = http.get(`${judge.url}/things/1`, { headers: { authorization: `Bearer persona_sandbox_via_${port}` } })
      req.on('error', () => {})
      arrived.then(() => req.destroy())
    })
  })
  const result = await counted(async () => {
    await arrived
    await closed
  })
  assert.deepEqual(result, { judged: 0, cut: 0, faults: 0, hungUp: 1, violations: [] })
})

test('the key chooses the sandbox, many calls at once do not mix', async () => {
  const ports = await Promise.all(['one', 'two'].map(name => sandbox((req, res) => says(200, { data: { name: name + req.url } })(req, res))))
  const { violations, judged } = await counted(async () => {
    await Promise.all(Array.from({ length: 60 }, async (_, at) => {
      const { body } = await call(ports[at % 2], 'GET', `/things/${at}`)
      assert.equal(JSON.parse(body).data.name, `${at % 2 ? 'two' : 'one'}/api/v1/things/${at}`)
    }))
  })
  assert.equal(judged, 60)
  assert.deepEqual(violations, [])
})

test('a key without a port says so', async () => {
  const { violations } = await counted(async () => assert.equal((await call('nowhere', 'GET', '/things/1')).status, 502))
  assert.match(violations[0].found[0].message, /must end in _via_/)
})

test('an operation whose wrong answers nobody notices is named, once it was called', async () => {
  assert.deepEqual(judge.report().blind, [])
  const port = await sandbox(says(200, {}))
  const { violations } = await counted(() => call(port, 'GET', '/things'))
  assert.deepEqual(violations, [])
  assert.deepEqual(judge.report().blind, ['list-things'])
})

test('a run passes if something was judged and nothing found', () => {
  const report = { judged: 1, violations: [], blind: [] }
  assert.equal(passes(report), true)
  assert.equal(passes({ ...report, judged: 0 }), false)
  assert.equal(passes({ ...report, violations: [{}] }), false)
  assert.equal(passes({ ...report, blind: ['x'] }), false)
})

test('a wrong start says what to do', () => {
  const run = (args, env) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('judge.mjs', import.meta.url)), ...args], { env: { ...process.env, ...env }, encoding: 'utf8' })
  assert.match(run(['true']).stderr, /^Usage: /)
  const missing = run(['--', 'true'], { PERSONA_OPENAPI: '' })
  assert.equal(missing.status, 2)
  assert.match(missing.stderr, /Set PERSONA_OPENAPI/)
})
