import { standardChecks } from '../check/standardChecks.ts'
import { millraceForm } from '../describe/millrace/form.ts'
import { standardBodies } from '../input/bodyRules.ts'
import { standardCookies } from '../input/cookieRules.ts'
import { standardCredentials } from '../input/credentialRules.ts'
import { standardRouting } from '../match/routingRules.ts'
import { standardReplies } from '../reply/standardReplies.ts'
import { guardsFirst } from '../run/order.ts'
import type { Profile } from './profile.ts'

/** Millrace's own way, which every app has that does not choose another. */
export const standard: Profile = Object.freeze({
  name: 'standard',
  routing: standardRouting,
  cookies: standardCookies,
  brokenEscapes: 'refuse',
  bodies: standardBodies,
  credentials: standardCredentials,
  checks: standardChecks,
  order: guardsFirst,
  swallowed: 'told',
  replies: standardReplies,
  document: millraceForm,
})
