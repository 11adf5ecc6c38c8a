import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.retry.RetryForever;

/** The process of Curator's CuratorCache, with the same protocol as bench/contender-process.ts. */
public final class Contender {
  private static final int SESSION_TIMEOUT_MS = 30_000;
  private static final int CONNECTION_TIMEOUT_MS = 15_000;
  private static final int RETRY_MS = 50;
  private static final int AFTERWARDS_MS = 300;
  private static final String LEAF = "/leaf-";
  // Made before the first measurement, because making them needs memory.
  private static final MemoryMXBean MEMORY = ManagementFactory.getMemoryMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final CuratorFramework client;
  private CuratorCache cache;
  private Counter counter = new Counter(0);
  private volatile Latencies latencies;
  private int leaves;

  private Contender(CuratorFramework client) {
    this.client = client;
  }

  public static void main(String[] args) throws Exception {
    CuratorFramework client = CuratorFrameworkFactory.newClient(
        args[args.length - 1], SESSION_TIMEOUT_MS, CONNECTION_TIMEOUT_MS, new RetryForever(RETRY_MS));
    client.start();
    client.blockUntilConnected();
    answer("{\"ready\":true,\"versions\":{\"curator\":\"%s\",\"java\":\"%s\"}}",
        curatorVersion(), System.getProperty("java.version"));
    BlockingQueue<String> commands = new LinkedBlockingQueue<>();
    Thread worker = new Thread(() -> serve(new Contender(client), commands));
    worker.setDaemon(true);
    worker.start();
    // Reads in the main thread, so that the end of the input ends the process in the middle of a command too.
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) commands.add(line);
    Runtime.getRuntime().halt(0);
  }

  private static void serve(Contender contender, BlockingQueue<String> commands) {
    try {
      while (true) contender.run(commands.take());
    } catch (Throwable error) {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private void run(String command) throws Exception {
    String name = text(command, "do");
    switch (name) {
      case "watch tree" -> watchTree(text(command, "root"), (int) number(command, "leaves"));
      case "follow" -> follow(number(command, "sequence"), (int) number(command, "everyNth"));
      case "time changes" -> timeChanges(number(command, "sequence"));
      default -> throw new IllegalArgumentException("CuratorCache cannot " + name);
    }
  }

  private void watchTree(String root, int leaves) throws Exception {
    this.leaves = leaves;
    counter = new Counter(leaves);
    long heapBefore = heap();
    CountDownLatch initialized = new CountDownLatch(1);
    double[] endedAt = new double[1];
    cache = CuratorCache.build(client, root);
    cache.listenable().addListener(CuratorCacheListener.builder().forInitialized(() -> {
      endedAt[0] = now();
      initialized.countDown();
    }).build());
    cache.listenable().addListener((type, before, data) -> changed(data));
    double cpuBefore = cpu();
    double startedAt = now();
    cache.start();
    initialized.await();
    double cpuMs = cpu() - cpuBefore;
    long heapBytes = heap() - heapBefore;
    answer("{\"tookMs\":%f,\"cpuMs\":%f,\"heapBytes\":%d,\"longestBlockMs\":null,\"znodes\":%d}",
        endedAt[0] - startedAt, cpuMs, heapBytes, cache.stream().count());
  }

  private void changed(ChildData data) {
    if (data == null) return;
    String path = data.getPath();
    int name = path.lastIndexOf(LEAF);
    if (name < 0) return;
    long number = Long.parseLong(new String(data.getData(), StandardCharsets.ISO_8859_1).trim());
    counter.called(Integer.parseInt(path.substring(name + LEAF.length())), number);
    Latencies timed = latencies;
    if (timed != null) timed.called(number);
  }

  private void follow(long sequence, int everyNth) throws Exception {
    counter.start(sequence, (leaves + everyNth - 1) / everyNth);
    answer("{\"ready\":true}");
    counter.done.await();
    answer("{\"endedAt\":%f,\"connectedAt\":null,\"calls\":%d,\"cpuMs\":%f,\"longestBlockMs\":null}",
        counter.endedAt, counter.calls, counter.cpuMs);
  }

  private void timeChanges(long sequence) throws Exception {
    latencies = new Latencies(sequence);
    answer("{\"ready\":true}");
    latencies.done.await();
    answer("{\"latenciesMs\":[%s]}", latencies.list);
  }

  /** Counts the calls of the listener until each of the awaited leaves has the number. */
  private static final class Counter {
    private final long[] last;
    private CountDownLatch done;
    private boolean isWaiting;
    private long sequence;
    private int missing;
    private double cpuBefore;
    private double endedAt;
    private double cpuMs;
    private int calls;

    Counter(int leaves) {
      last = new long[leaves];
      Arrays.fill(last, -1);
    }

    synchronized void start(long sequence, int leaves) {
      this.sequence = sequence;
      missing = leaves;
      calls = 0;
      cpuBefore = cpu();
      done = new CountDownLatch(1);
      isWaiting = true;
    }

    synchronized void called(int leaf, long number) {
      long before = last[leaf];
      last[leaf] = number;
      if (!isWaiting) return;
      calls += 1;
      if (number != sequence || before == sequence) return;
      missing -= 1;
      if (missing > 0) return;
      endedAt = now();
      cpuMs = cpu() - cpuBefore;
      isWaiting = false;
      done.countDown();
    }
  }

  /** The times from changes to their calls, until a leaf has the last number. */
  private static final class Latencies {
    private final CountDownLatch done = new CountDownLatch(1);
    private final StringBuilder list = new StringBuilder();
    private final long last;
    private boolean isWaiting = true;

    Latencies(long last) {
      this.last = last;
    }

    synchronized void called(long number) {
      if (!isWaiting) return;
      if (number != last) {
        list.append(list.length() == 0 ? "" : ",").append(now() - number / 1e3);
        return;
      }
      isWaiting = false;
      done.countDown();
    }
  }

  /** The machine's monotonic clock in ms, the same in all processes. */
  private static double now() {
    return System.nanoTime() / 1e6;
  }

  /** Processor time of the whole process in ms. */
  private static double cpu() {
    return SYSTEM.getProcessCpuTime() / 1e6;
  }

  private static long heap() throws InterruptedException {
    Thread.sleep(AFTERWARDS_MS);
    System.gc();
    System.gc();
    return MEMORY.getHeapMemoryUsage().getUsed();
  }

  private static String text(String command, String name) {
    return value(command, name, "\"([^\"]*)\"");
  }

  private static long number(String command, String name) {
    return Long.parseLong(value(command, name, "(\\d+)"));
  }

  /** The commands are flat objects with plain names, paths and numbers. */
  private static String value(String command, String name, String pattern) {
    Matcher found = Pattern.compile("\"" + name + "\":" + pattern).matcher(command);
    if (!found.find()) throw new IllegalArgumentException("no " + name + " in " + command);
    return found.group(1);
  }

  private static String curatorVersion() throws IOException {
    try (InputStream file = CuratorCache.class.getResourceAsStream(
        "/META-INF/maven/org.apache.curator/curator-recipes/pom.properties")) {
      Properties properties = new Properties();
      if (file != null) properties.load(file);
      return properties.getProperty("version", "unknown");
    }
  }

  private static void answer(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
