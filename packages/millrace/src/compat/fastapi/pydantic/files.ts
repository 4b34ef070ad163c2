import type { Parse } from './report.ts'

/** An uploaded file. */
export const file: Parse = (value, report) => {
  if (!(value instanceof Blob))
    report.failWith(
      'value_error',
      `Value error, Expected UploadFile, received: <class '${pythonType(value)}'>`,
      value,
      {
        error: {},
      },
    )
  return value
}

function pythonType(value: unknown): string {
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (Array.isArray(value)) return 'list'
  return value === null || value === undefined ? 'NoneType' : 'dict'
}
