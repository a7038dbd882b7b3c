// The validator would send our description to somebody else's server.
globalThis.SwaggerUIBundle({
  dom_id: '#reader',
  url: '/api/v1/openapi.json',
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
});
