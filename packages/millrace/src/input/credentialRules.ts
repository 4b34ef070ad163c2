/** How credentials are asked for and read: the part of security schemes in a profile. */
export interface CredentialRules {
  /** Of a key that comes twice in a query, nobody knows which is meant; or the last counts. */
  readonly repeatedKey: 'refuse' | 'last'
  /** Whether `httpBasic()` names a realm where it is told none. */
  readonly namesRealm: boolean
  /** In which user names and passwords are written. */
  readonly basicCharset: 'utf8' | 'ascii'
}

/** Millrace's own. */
export const standardCredentials: CredentialRules = { repeatedKey: 'refuse', namesRealm: true, basicCharset: 'utf8' }
