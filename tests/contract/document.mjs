// Persona's OpenAPI document: read once, searched for operations, and prepared for Prism.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export function readDocument(file = process.env.PERSONA_OPENAPI) {
  if (!file) throw new Error("Set PERSONA_OPENAPI to the path of Persona's openapi.yaml.")
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${file} cannot be read as an OpenAPI document (${error.message}). Set PERSONA_OPENAPI to another path.`)
  }
}

export const look = (document, pointer) =>
  pointer.slice(2).split('/').reduce((at, key) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], document)

export const follow = (document, value) => (value?.$ref ? follow(document, look(document, value.$ref)) : value)

const METHODS = ['get', 'post', 'patch', 'put', 'delete']

/** Returns the operations, and finds the one that a call is; `base` is the path that every call starts with. */
export function operationsOf(document) {
  const base = new URL(document.servers?.[0]?.url ?? '/', 'http://any').pathname.replace(/\/$/, '')
  const all = []
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter(method => item[method])) {
      const operation = item[method]
      const parts = path.split('/').map(part => (part.startsWith('{') ? '[^/]+' : part.replace(/[.*+?^$()|[\]\\]/g, '\\$&')))
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(one => follow(document, one))
      all.push({
        id: operation.operationId ?? `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        pattern: new RegExp(`^${parts.join('/')}$`),
        holes: parts.filter(part => part === '[^/]+').length,
        parameters,
        body: follow(document, operation.requestBody),
        responses: operation.responses,
        /** Pointer to the schema of an answer; without a status, to that of the request. */
        pointer: status => {
          const [own, key] = status ? [operation.responses[status], `responses/${status}`] : [operation.requestBody, 'requestBody']
          const place = own?.$ref ?? `#/paths/${path.replaceAll('/', '~1')}/${method}/${key}`
          return follow(document, own)?.content?.['application/json'] && `${place}/content/application~1json/schema`
        },
      })
    }
  }
  // `/inquiries/search` is not an inquiry with the id "search".
  all.sort((a, b) => a.holes - b.holes)
  const find = (method, path) => all.find(one => one.method === method && one.pattern.test(path))
  return { base, all, find }
}

const SCHEMAS = '#/components/schemas/'

/**
 * The same document in a form that Prism judges completely. As published, Prism silently ignores much of it:
 * - It expands every $ref. It cannot do so for a schema that contains itself, and then accepts any body of that
 *   operation (47 answers of Persona's document). So recursion is expanded two levels deep.
 * - It reads schemas as draft 7, where `unevaluatedProperties` means nothing. So the dialect is named.
 * The webhooks are left out: Prism does not judge them, and loads in half the time without them.
 */
export function forPrism(document) {
  const copy = structuredClone(document)
  delete copy.webhooks
  if (/^3\.[1-9]/.test(copy.openapi)) copy.jsonSchemaDialect ??= 'https://json-schema.org/draft/2020-12/schema'
  const schemas = copy.components?.schemas ?? {}
  const recursive = recursiveOf(schemas)
  for (const name of recursive) {
    const within = structuredClone(schemas[name])
    eachRef(within, (ref, holder, key, place) => {
      if (!recursive.has(ref)) return
      holder[key] = place === 'alternative' ? { $ref: `${SCHEMAS}${ref}-within` } : {}
    })
    schemas[`${name}-within`] = within
  }
  for (const name of recursive) {
    eachRef(schemas[name], (ref, holder, key, place) => {
      if (recursive.has(ref) && place !== 'alternative') holder[key] = { $ref: `${SCHEMAS}${ref}-within` }
    })
  }
  const left = recursiveOf(schemas)
  if (left.size) throw new Error(`Schemas that contain themselves by allOf, anyOf or oneOf alone: ${[...left].join(', ')}. Correct the document.`)
  return copy
}

/** Calls back for each `{"$ref": …}`: an alternative of anyOf and similar keywords, or a single member. */
function eachRef(value, back, list = false) {
  for (const [key, child] of Object.entries(value ?? {})) {
    if (typeof child !== 'object' || child === null) continue
    if (typeof child.$ref === 'string') back(child.$ref.replace(SCHEMAS, ''), value, key, list ? 'alternative' : 'member')
    else eachRef(child, back, Array.isArray(child) && ['allOf', 'anyOf', 'oneOf'].includes(key))
  }
}

function recursiveOf(schemas) {
  const direct = new Map(Object.entries(schemas).map(([name, schema]) => {
    const names = new Set()
    eachRef({ schema }, ref => names.add(ref))
    return [name, names]
  }))
  const reach = start => {
    const seen = new Set()
    const todo = [start]
    while (todo.length) {
      for (const name of direct.get(todo.pop()) ?? []) if (!seen.has(name)) todo.push(name) && seen.add(name)
    }
    return seen
  }
  return new Set(Object.keys(schemas).filter(name => reach(name).has(name)))
}
