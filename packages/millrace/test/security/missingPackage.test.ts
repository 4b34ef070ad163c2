import { expect, it, vi } from 'vitest'

// As it is where nobody has installed it.
vi.mock('node:module', async (original) => {
  const module = await original<typeof import('node:module')>()
  const createRequire: typeof module.createRequire = (from) => {
    const require = module.createRequire(from)
    return Object.assign((name: string) => require(name === 'jose' ? 'jose-that-is-not-there' : name), require)
  }
  return { ...module, default: { ...module, createRequire }, createRequire }
})

it('names the package that is not installed, and how to install it', async () => {
  const { jwt, signJwt } = await import('millrace/security')
  const secret = 'a-secret-of-32-bytes-for-testing'
  const missing = (what: string) => ({
    name: 'StartupError',
    code: 'missing_package',
    message: `${what} needs the package 'jose': npm install jose`,
  })
  expect(() => jwt({ secret })).toThrow(expect.objectContaining(missing('jwt()')))
  await expect(signJwt({}, { secret, expiresInSeconds: 60 })).rejects.toMatchObject(missing('signJwt()'))
})
