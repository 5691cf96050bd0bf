namespace Semel.Compat.Confluent;

/// <summary>What every running client of this package has: a name, its configuration, its queue of handlers, and its end.</summary>
abstract class RunningClient : IDisposable
{
    static int Made;
    int _disposed;

    protected RunningClient(IEnumerable<KeyValuePair<string, string>> config, string kind)
    {
        Config = config.ToList();
        Name = $"{Value("client.id") ?? "semel"}#{kind}-{Interlocked.Increment(ref Made)}";
        Handle = new Handle(this);
    }

    public IReadOnlyList<KeyValuePair<string, string>> Config { get; }
    public string Name { get; }
    public Handle Handle { get; }
    public EventQueue Events { get; } = new();
    public long BeganAt { get; } = TimeProvider.System.GetTimestamp();
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    public string Value(string key) => Config.LastOrDefault(entry => entry.Key == key).Value;

    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public void ThrowIfDisposed()
    {
        if (IsDisposed) throw new ObjectDisposedException(Name);
    }

    public string ClusterId(TimeSpan timeout)
    {
        ThrowIfDisposed();
        try
        {
            return Blocking.Run(timeout, "asking for the cluster's id", async cancellation =>
            {
                await using var admin = new Inner.AdminClient(ClientKeys.OfAdmin(Config));
                return (await admin.DescribeClusterAsync(cancellation).ConfigureAwait(false)).ClusterId;
            });
        }
        catch (KafkaRetriableException)
        {
            return null;
        }
    }

    public static int CountAddresses(string brokers) => (brokers ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Length;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) End();
    }

    /// <summary>Runs once.</summary>
    protected abstract void End();
}
