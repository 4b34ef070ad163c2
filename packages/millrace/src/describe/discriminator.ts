import { isObject, type JsonObject } from './objects.ts'

/**
 * The Discriminator Object of a choice between components: the property that has another constant in each of them,
 * by which generated clients tell them apart. `undefined` where there is none.
 *
 * @param bodies of the components
 * @param references something that stands for the name of each
 */
export function discriminatorOf(bodies: readonly JsonObject[], references: readonly unknown[]): JsonObject | undefined {
  const [first] = bodies
  if (bodies.length < 2 || !first) return undefined
  for (const propertyName of Object.keys(propertiesOf(first))) {
    const constants = bodies.map((body) => constantOf(body, propertyName))
    const isTold = constants.every((constant) => constant !== undefined) && new Set(constants).size === bodies.length
    if (isTold)
      return {
        propertyName,
        mapping: Object.fromEntries(constants.map((constant, index) => [constant, references[index]])),
      }
  }
  return undefined
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isObject(properties) ? properties : {}
}

/** Only what is always there tells. */
function constantOf(body: JsonObject, name: string): string | undefined {
  const property = propertiesOf(body)[name]
  const isRequired = Array.isArray(body['required']) && body['required'].includes(name)
  return isRequired && isObject(property) && typeof property['const'] === 'string' ? property['const'] : undefined
}
