import { App } from 'millrace'

export const app = new App({
  compat: 'fastapi',
  openapiTags: [
    { name: 'users', description: 'Operations with users. The **login** logic is also here.' },
    {
      name: 'items',
      description: 'Manage items. So _fancy_ they have their own docs.',
      externalDocs: { description: 'Items external docs', url: 'https://fastapi.tiangolo.com/' },
    },
  ],
})

export const getUsers = app.get('/users/', { tags: ['users'] }, function getUsers() {
  return [{ name: 'Harry' }, { name: 'Ron' }]
})

export const getItems = app.get('/items/', { tags: ['items'] }, function getItems() {
  return [{ name: 'wand' }, { name: 'flying broom' }]
})
