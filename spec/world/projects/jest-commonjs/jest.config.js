module.exports = {
  testEnvironment: 'node',
  transform: { '\\.js$': ['babel-jest', { plugins: ['@babel/plugin-transform-modules-commonjs'] }] },
  // jest's require() does not load ES modules.
  transformIgnorePatterns: ['/node_modules/(?!zk-recipes/)'],
};
