/** The codes of the problem answers that Millrace gives by itself. */
export type ErrorCode =
  | 'bad_request'
  | 'malformed_target'
  | 'malformed_json'
  | 'malformed_body'
  | 'malformed_range'
  | 'unsafe_key'
  | 'not_authenticated'
  | 'invalid_token'
  | 'invalid_api_key'
  | 'insufficient_scope'
  | 'cross_site_request'
  | 'unsupported_message'
  | 'origin_refused'
  | 'handshake_refused'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'request_timeout'
  | 'precondition_failed'
  | 'body_too_large'
  | 'too_many_values'
  | 'too_many_parts'
  | 'part_too_large'
  | 'unsupported_media_type'
  | 'range_not_satisfiable'
  | 'invalid_input'
  | 'invalid_message'
  | 'upgrade_required'
  | 'headers_too_large'
  | 'client_closed'
  | 'internal_error'
  | 'invalid_response'
  | 'keys_unavailable'
  | 'starting'
  | 'stopping'
  | 'timed_out'

/** Every code that Millrace puts into a problem answer, with its status and title (RFC 9110 reason phrases). */
export const codes: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  bad_request: { status: 400, title: 'Bad Request' },
  malformed_target: { status: 400, title: 'Bad Request' },
  malformed_json: { status: 400, title: 'Bad Request' },
  malformed_body: { status: 400, title: 'Bad Request' },
  malformed_range: { status: 400, title: 'Bad Request' },
  unsafe_key: { status: 400, title: 'Bad Request' },
  not_authenticated: { status: 401, title: 'Unauthorized' },
  invalid_token: { status: 401, title: 'Unauthorized' },
  invalid_api_key: { status: 401, title: 'Unauthorized' },
  cross_site_request: { status: 403, title: 'Forbidden' },
  insufficient_scope: { status: 403, title: 'Forbidden' },
  unsupported_message: { status: 400, title: 'Bad Request' },
  origin_refused: { status: 403, title: 'Forbidden' },
  handshake_refused: { status: 403, title: 'Forbidden' },
  not_found: { status: 404, title: 'Not Found' },
  method_not_allowed: { status: 405, title: 'Method Not Allowed' },
  not_acceptable: { status: 406, title: 'Not Acceptable' },
  request_timeout: { status: 408, title: 'Request Timeout' },
  precondition_failed: { status: 412, title: 'Precondition Failed' },
  body_too_large: { status: 413, title: 'Content Too Large' },
  too_many_values: { status: 413, title: 'Content Too Large' },
  too_many_parts: { status: 413, title: 'Content Too Large' },
  part_too_large: { status: 413, title: 'Content Too Large' },
  unsupported_media_type: { status: 415, title: 'Unsupported Media Type' },
  range_not_satisfiable: { status: 416, title: 'Range Not Satisfiable' },
  invalid_input: { status: 422, title: 'Unprocessable Content' },
  invalid_message: { status: 422, title: 'Unprocessable Content' },
  upgrade_required: { status: 426, title: 'Upgrade Required' },
  headers_too_large: { status: 431, title: 'Request Header Fields Too Large' },
  client_closed: { status: 499, title: 'Client Closed Request' },
  internal_error: { status: 500, title: 'Internal Server Error' },
  invalid_response: { status: 500, title: 'Internal Server Error' },
  keys_unavailable: { status: 503, title: 'Service Unavailable' },
  starting: { status: 503, title: 'Service Unavailable' },
  stopping: { status: 503, title: 'Service Unavailable' },
  timed_out: { status: 504, title: 'Gateway Timeout' },
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  511: 'Network Authentication Required',
}

/** The reason phrase of a status, as in the IANA registry; `Error` where it has none. */
export function titleOf(status: number): string {
  return titles[status] ?? 'Error'
}
