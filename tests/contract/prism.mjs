// Loaded into Prism's own process (node --import), before Prism.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

// Prism must not outlive the judge, however that one ends: the pipe to it closes in any case.
process.stdin.resume().on('close', () => process.exit())

// Prism compiles the schema of an inquiry anew for each of the operations that answer with one, three seconds each.
// The same text makes the same function; `x-stoplight` is only Prism's name for the place where it stood. And it need not
// collect every error, with sixty alternatives for each included object: the first one is as good a verdict.
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

// Prism sorts all operations by likeness for each call, which takes longer than the judging. It still does, but only
// those that can be meant.
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
