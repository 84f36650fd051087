// node operations.mjs: checks that the table in crates/persona-sandbox/README.md names each operation of Persona's OpenAPI document
// once, and that the sandbox answers the ones that the table calls done or partly done.
import { readFileSync } from 'node:fs'
import { readDocument } from './document.mjs'
import { startSandbox } from './with-sandbox.mjs'

const METHODS = new Set(['get', 'post', 'patch', 'put', 'delete'])
const document = readDocument(process.env.PERSONA_OPENAPI)
const inDocument = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item).filter((method) => METHODS.has(method)).map((method) => `${method.toUpperCase()} ${path}`),
)
const text = readFileSync(new URL('../../crates/persona-sandbox/README.md', import.meta.url), 'utf8')
const rows = [...text.matchAll(/^\| (GET|POST|PATCH|PUT|DELETE) \| `([^`]+)` \| (done|partly|not needed) \| (.*) \|$/gm)]
const table = new Map(rows.map(([, method, path, state, note]) => [`${method} ${path}`, { state, note }]))

const sandbox = await startSandbox()
const routes = await (await fetch(`${sandbox.url}/sandbox/routes`)).json()
sandbox.end()
const answered = new Set(routes.map(({ method, path }) => `${method} ${path}`))

const faults = []
if (table.size !== rows.length) faults.push('the table names an operation twice')
for (const operation of inDocument) if (!table.has(operation)) faults.push(`${operation} is missing in the table`)
for (const [operation, { state, note }] of table) {
  if (!inDocument.includes(operation)) faults.push(`${operation} is not in the document`)
  if ((state === 'not needed') === answered.has(operation)) faults.push(`${operation} is called ${state}, the sandbox says otherwise`)
  if (state !== 'done' && !note.trim()) faults.push(`${operation} is called ${state} without a reason`)
}
for (const operation of answered) if (!table.has(operation)) faults.push(`the sandbox answers ${operation}, which the document does not have`)
const count = (wanted) => [...table.values()].filter(({ state }) => state === wanted).length
console.log(`${count('done')} done, ${count('partly')} partly, ${count('not needed')} not needed here, of ${inDocument.length}`)
for (const fault of faults) console.error(fault)
process.exit(faults.length ? 1 : 0)
