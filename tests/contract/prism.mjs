// Loaded into Prism's own process (node --import), before Prism.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

// Prism must not outlive the judge, however the judge ends: the pipe to it closes in any case.
process.stdin.resume().on('close', () => process.exit())

// Prism compiles the schema of an inquiry again for each operation that returns one, three seconds each. The same text
// gives the same function; `x-stoplight` is only Prism's name for the schema's original place. It also need not collect
// every error, with sixty alternatives for each included object: the first error is enough for a verdict.
const cli = createRequire(import.meta.url).resolve('@stoplight/prism-cli')
const http = createRequire(createRequire(cli).resolve('@stoplight/prism-http'))
const known = new Map()
for (const Ajv of ['ajv', 'ajv/dist/2019', 'ajv/dist/2020'].map(name => http(name).default)) {
  const compile = Ajv.prototype.compile
  Ajv.prototype.compile = function (schema, ...rest) {
    this.opts.allErrors = false
    const text = JSON.stringify(schema, (key, value) => (key === 'x-stoplight' ? undefined : value))
    const key = `${Ajv.name} ${this.opts.coerceTypes} ${createHash('sha256').update(text).digest('base64')}`
    if (!known.has(key)) known.set(key, compile.call(this, schema, ...rest))
    return known.get(key)
  }
}

// For each call Prism sorts all operations by similarity, which takes longer than judging. It still does so, but only
// with the possible ones.
const router = http('./router')
const route = router.default
const split = new Map()
const parts = path => split.get(path) ?? split.set(path, path.split('/')).get(path)
router.default = ({ resources, input }) => {
  const asked = input.url.path.split('/')
  const fits = own => own.length === asked.length && own.every((part, at) => part === asked[at] || part.includes('{'))
  const meant = resources.filter(({ path }) => fits(parts(path)))
  return route({ resources: meant.length ? meant : resources, input })
}
