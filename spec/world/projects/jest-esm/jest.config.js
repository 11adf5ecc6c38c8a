const project = { testEnvironment: 'node', transform: {} };

export default {
  projects: [
    { ...project, displayName: 'plain', testPathIgnorePatterns: ['all-faked'] },
    {
      ...project,
      displayName: 'all faked',
      testMatch: ['**/all-faked.test.js'],
      fakeTimers: { enableGlobally: true, doNotFake: ['nextTick'] },
    },
  ],
};
