import type { OperationIdOptions } from '../../plan/operationId.ts'

/** `readItem` as a function of Python is called: `read_item`. */
export function functionName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/\W+/g, '_')
    .toLowerCase()
}

/** Python's `str.title()`: `x-token` is `X-Token`, `itemID` is `Itemid`. */
export function titleCase(text: string): string {
  return text.toLowerCase().replace(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1))
}

/** `item_id` as the title of a field: `Item Id`. */
export function fieldTitle(name: string): string {
  return titleCase(name).replaceAll('_', ' ').trim()
}

/** FastAPI's `generate_unique_id`: `read_item_items__item_id__get`. */
export function uniqueId({ method, path, name }: OperationIdOptions): string {
  const format = path.replace(/(?<=\/)[:*](\w+)\??/g, '{$1}')
  return `${(functionName(name) + format).replace(/[^\p{L}\p{N}_]/gu, '_')}_${method.toLowerCase()}`
}
