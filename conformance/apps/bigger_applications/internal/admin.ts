import { Router } from 'millrace'

export const admin = new Router()

export const updateAdmin = admin.post('//', function updateAdmin() {
  return { message: 'Admin getting schwifty' }
})
