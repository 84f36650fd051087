// Validates JSON values against parts of an OpenAPI document, which uses JSON Schema 2020-12 from version 3.1 on.
import Ajv from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const ROOT = 'https://contract.invalid/openapi.json'
const starred = path => path.replace(/\/\d+(?=\/|$)/g, '/*')
const within = (inner, outer) => inner === outer || inner.startsWith(`${outer}/`)

/** Returns `errors(pointer, value)`: the errors of a value by the schema at a JSON pointer such as `#/components/…`. */
export function schemasOf(document) {
  // Absolute references, so that any part of the document can be compiled alone.
  const absolute = JSON.parse(JSON.stringify(document).replaceAll('"$ref":"#/', `"$ref":"${ROOT}#/`))
  const [quick, thorough] = [false, true].map(all => {
    const ajv = new Ajv({ strict: false, allErrors: all, verbose: all, logger: false, validateSchema: false })
    formats(ajv)
    return ajv.addSchema(absolute, ROOT)
  })
  const known = new Map()
  const at = pointer => known.get(pointer) ?? known.set(pointer, { $ref: ROOT + pointer }).get(pointer)

  function explain(schema, data, above = '') {
    const validate = thorough.compile(schema)
    if (validate(data)) return []
    // A union reports errors for each of its alternatives. Only those of the intended one are useful.
    const unions = validate.errors.filter(error => ['oneOf', 'anyOf'].includes(error.keyword))
    const outer = unions.filter(one => !unions.some(two => two !== one && within(one.instancePath, two.instancePath)))
    const plain = validate.errors.filter(error => !outer.some(union => within(error.instancePath, union.instancePath)))
    const said = plain.map(error => {
      const { additionalProperty, unevaluatedProperty, allowedValues, allowedValue } = error.params
      const more = additionalProperty ?? unevaluatedProperty ?? allowedValues?.join(', ') ?? allowedValue
      return `${starred(above + error.instancePath) || '/'} ${error.message}${more === undefined ? '' : ` (${more})`}`
    })
    return [...new Set([...said, ...outer.flatMap(union => meant(union, above + union.instancePath))])]
  }

  function meant({ schema, data }, place) {
    const tried = schema.map(alternative => explain(alternative, data, place))
    if (tried.some(errors => !errors.length)) return [`${starred(place)} fits more than one alternative`]
    const right = tried.filter(errors => !errors.some(error => error.startsWith(`${starred(place)}/type `)))
    if (!right.length) return [`${starred(place)} is of a type that the document does not have there (${data?.type})`]
    return right.sort((a, b) => a.length - b.length)[0]
  }

  return { errors: (pointer, value) => (quick.compile(at(pointer))(value) ? [] : explain(at(pointer), value)) }
}
