import { Router } from 'millrace'

export const admin = new Router()

export const updateAdmin = admin.post('/admin/', function updateAdmin() {
  return { message: 'Admin getting schwifty' }
})
