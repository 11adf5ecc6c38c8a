/** The numbers of AddWatch for its modes. */
export const AddWatchMode = { persistent: 0, persistentRecursive: 1 } as const;

/**
 * The numbers of RemoveWatches for the watches to remove. Before ZooKeeper 3.9 a path has one watch per connection for
 * its data and one for its children, whatever their mode: a recursive watch is both, and goes with `any`; the last two
 * are refused as malformed. Since 3.9 the modes live side by side (ZOOKEEPER-4466, ZOOKEEPER-4472): `child` and `data`
 * are the one-shots alone, and `any` is all of them.
 */
export const WatcherType = { child: 1, data: 2, any: 3, persistent: 4, persistentRecursive: 5 } as const;
