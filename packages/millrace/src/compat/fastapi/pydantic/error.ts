/** One thing that is wrong with one input, as pydantic tells it; keys in its order. */
export interface PydanticError {
  /** Stable, such as `int_parsing`. */
  readonly type: string
  /** From `path`, `query`, `header`, `cookie` or `body` to the value. */
  readonly loc: readonly (string | number)[]
  readonly msg: string
  /** The value as it came. */
  readonly input: unknown
  /** What the message was made with. */
  readonly ctx?: Readonly<Record<string, unknown>>
}

/** What a message is made with, by name. */
export type ErrorContext = Readonly<Record<string, unknown>>

/**
 * The messages of pydantic-core by their types. `{name}` is taken from the context; `{expected_plural}` is an
 * `s` where the length that was expected is not 1.
 */
const templates = {
  bool_parsing: 'Input should be a valid boolean, unable to interpret input',
  bool_type: 'Input should be a valid boolean',
  date_from_datetime_inexact: 'Datetimes provided to dates should have zero time - e.g. be exact dates',
  date_from_datetime_parsing: 'Input should be a valid date or datetime, {error}',
  date_type: 'Input should be a valid date',
  datetime_from_date_parsing: 'Input should be a valid datetime or date, {error}',
  datetime_parsing: 'Input should be a valid datetime, {error}',
  datetime_type: 'Input should be a valid datetime',
  dict_type: 'Input should be a valid dictionary',
  enum: 'Input should be {expected}',
  extra_forbidden: 'Extra inputs are not permitted',
  finite_number: 'Input should be a finite number',
  float_parsing: 'Input should be a valid number, unable to parse string as a number',
  float_type: 'Input should be a valid number',
  greater_than: 'Input should be greater than {gt}',
  greater_than_equal: 'Input should be greater than or equal to {ge}',
  int_from_float: 'Input should be a valid integer, got a number with a fractional part',
  int_parsing: 'Input should be a valid integer, unable to parse string as an integer',
  int_parsing_size: 'Unable to parse input string as an integer, exceeded maximum size',
  int_type: 'Input should be a valid integer',
  ip_v4_address: 'Input is not a valid IPv4 address',
  ip_v6_address: 'Input is not a valid IPv6 address',
  json_invalid: 'JSON decode error',
  less_than: 'Input should be less than {lt}',
  less_than_equal: 'Input should be less than or equal to {le}',
  list_type: 'Input should be a valid list',
  literal_error: 'Input should be {expected}',
  missing: 'Field required',
  model_attributes_type: 'Input should be a valid dictionary or object to extract fields from',
  multiple_of: 'Input should be a multiple of {multiple_of}',
  none_required: 'Input should be None',
  set_type: 'Input should be a valid set',
  string_pattern_mismatch: "String should match pattern '{pattern}'",
  string_too_long: 'String should have at most {max_length} character{expected_plural}',
  string_too_short: 'String should have at least {min_length} character{expected_plural}',
  string_type: 'Input should be a valid string',
  time_delta_parsing: 'Input should be a valid timedelta, {error}',
  time_delta_type: 'Input should be a valid timedelta',
  time_parsing: 'Input should be in a valid time format, {error}',
  time_type: 'Input should be a valid time',
  too_long: '{field_type} should have at most {max_length} item{expected_plural} after validation, not {actual_length}',
  too_short:
    '{field_type} should have at least {min_length} item{expected_plural} after validation, not {actual_length}',
  tuple_type: 'Input should be a valid tuple',
  union_tag_invalid:
    "Input tag '{tag}' found using {discriminator} does not match any of the expected tags: {expected_tags}",
  union_tag_not_found: 'Unable to extract tag using discriminator {discriminator}',
  url_parsing: 'Input should be a valid URL, {error}',
  url_scheme: 'URL scheme should be {expected_schemes}',
  url_too_long: 'URL should have at most {max_length} character{expected_plural}',
  url_type: 'URL input should be a string or URL',
  uuid_parsing: 'Input should be a valid UUID, {error}',
  uuid_type: 'UUID input should be a string, bytes or UUID object',
} as const

/** A type of error whose message pydantic-core has. */
export type PydanticErrorType = keyof typeof templates

/** The message of a type of error. */
export function messageOf(type: PydanticErrorType, context: ErrorContext = {}): string {
  const length = context['min_length'] ?? context['max_length']
  return templates[type].replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'expected_plural' ? (length === 1 ? '' : 's') : String(context[name]),
  )
}
