import { expect, it } from 'vitest'
import { hashPassword, isPassword } from '../passwords.ts'

it('knows a password again, and no other', async () => {
  const kept = await hashPassword('engine')
  expect(kept).toMatch(/^scrypt:32768:8:1\$[0-9a-f]{32}\$[0-9a-f]{128}$/)
  expect([await isPassword('engine', kept), await isPassword('Engine', kept)]).toEqual([true, false])
  expect(await hashPassword('engine')).not.toBe(kept)
})

it('takes what Werkzeug has written, and nothing else', async () => {
  // werkzeug.security.generate_password_hash('a'), Werkzeug 3.1
  const kept =
    'scrypt:32768:8:1$ri4NlTtPgFObUcF9$fa53956512d6ec6726c83064038a1d987eb0273f3b3a6bc8702d4897afb11315eabc598ef6bdc588d4a471085a6fd8f3b661bff2a1c20ca766007f8d1c110b3d'
  expect([await isPassword('a', kept), await isPassword('b', kept)]).toEqual([true, false])
  for (const wrong of ['', 'a', 'pbkdf2:sha256:1$salt$00', 'scrypt:32768:8:1$salt$'])
    expect(await isPassword('a', wrong)).toBe(false)
})
