const config = {
  schema: 'build/schema.graphql',
  documents: ['build/documents/*.graphql'],
  generates: {
    'build/client/': {
      preset: 'client',
      config: {
        strictScalars: true,
        scalars: { CurrencyCode: 'string', Date: 'string', DateTime: 'string', Decimal: 'string', JSON: 'unknown', URL: 'string' },
      },
    },
  },
};

export default config;
