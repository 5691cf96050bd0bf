using System.Net;
using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Cli.Demo;

/// <summary>How often what happened on the network.</summary>
/// <param name="AcknowledgementsDropped">Answers that were kept from the producer, that of the broker that was killed among them.</param>
/// <param name="RequestsRepeated">Requests that were delivered twice, or long after they were sent.</param>
public readonly record struct NetworkCounts(long AcknowledgementsDropped, long RequestsRepeated, long RequestsCorrupted, long ConnectionsCut);

/// <summary>
/// The network between producer and broker. It strikes by batch and not by time: each batch meets its fate once, at the moment when it is the next to be
/// carried, and nothing else
/// is on the broker's side then. So two runs that send the same batches meet the same faults, and the same run twice gives the same result, however fast the
/// machine is. The broker
/// advertises this address, so that all of a client's connections come through. Thread safe.
/// </summary>
/// <param name="lines">How many will be sent in all.</param>
/// <param name="isIdempotent">Such a producer sends one batch alone after a failure, and five at a time otherwise.</param>
/// <param name="crash">Kills the broker and starts it again. Called once, in the middle.</param>
public sealed class FaultyNetwork(long seed, long lines, bool isIdempotent, Func<CancellationToken, Task> crash) : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly FatePlan _plan = new(seed);
    readonly Dictionary<long, int> _numberOf = [];
    readonly HashSet<long> _struck = [];
    readonly List<SentRequest> _late = [];
    DemoListener? _listener;
    NetworkCounts _counts;
    bool _hasCrashed;

    public int Port => _listener!.Port;

    /// <summary>Where the broker listens; set before the first client comes.</summary>
    public int BrokerPort { get; set; }

    public long Lines => lines;

    public bool IsIdempotent => isIdempotent;

    public NetworkCounts Counts
    {
        get
        {
            lock (_gate) return _counts;
        }
    }

    public void Start()
    {
        _listener = new DemoListener(ServeAsync);
        _listener.Start();
    }

    /// <summary>What happens to the batch now. Counted, and never again.</summary>
    internal NetworkFate Strike(SentRequest request)
    {
        lock (_gate)
        {
            if (!_numberOf.TryGetValue(request.FirstLine, out var number)) _numberOf[request.FirstLine] = number = _numberOf.Count;
            if (!_struck.Add(request.FirstLine)) return NetworkFate.Pass;
            var fate = _plan.Of(number);
            _counts = fate switch
            {
                NetworkFate.CutAnswer => _counts with { AcknowledgementsDropped = _counts.AcknowledgementsDropped + 1, ConnectionsCut = _counts.ConnectionsCut + 1 },
                NetworkFate.LoseAnswer => _counts with { AcknowledgementsDropped = _counts.AcknowledgementsDropped + 1, ConnectionsCut = _counts.ConnectionsCut + 1 },
                NetworkFate.CutRequest => _counts with { ConnectionsCut = _counts.ConnectionsCut + 1 },
                NetworkFate.Repeat => _counts with { RequestsRepeated = _counts.RequestsRepeated + 1 },
                NetworkFate.Hold => _counts with { RequestsRepeated = _counts.RequestsRepeated + 1, ConnectionsCut = _counts.ConnectionsCut + 1 },
                NetworkFate.Corrupt => _counts with { RequestsCorrupted = _counts.RequestsCorrupted + 1 },
                _ => _counts,
            };
            if (fate is NetworkFate.Repeat or NetworkFate.Hold) _late.Add(request);
            return fate;
        }
    }

    /// <summary>
    /// Whether the broker is to be killed when it has stored this batch and before anybody knows: with the first batch that reaches the middle.
    /// </summary>
    internal bool MustCrash(SentRequest request)
    {
        lock (_gate)
        {
            if (_hasCrashed || (request.LastLine + 1) * 2 < lines) return false;
            _counts = _counts with { AcknowledgementsDropped = _counts.AcknowledgementsDropped + 1 };
            return _hasCrashed = true;
        }
    }

    internal Task CrashAsync() => crash(_listener!.Stopped);

    /// <summary>Delivers what was held back and is older than the given line.</summary>
    public async Task DeliverLateAsync(long before = long.MaxValue)
    {
        SentRequest[] due;
        lock (_gate)
        {
            due = [.. _late.Where(request => request.FirstLine < before)];
            _late.RemoveAll(request => request.FirstLine < before);
        }
        foreach (var request in due)
        {
            using var broker = await ConnectAsync().ConfigureAwait(false);
            await broker.SendAllAsync(request.Frame, _listener!.Stopped).ConfigureAwait(false);
            await broker.ReadFrameAsync(_listener!.Stopped).ConfigureAwait(false);
        }
    }

    internal async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, BrokerPort, _listener!.Stopped).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    async Task ServeAsync(Socket client, CancellationToken stop)
    {
        try
        {
            using var broker = await ConnectAsync().ConfigureAwait(false);
            await new NetworkConnection(this, client, broker).RunAsync(stop).ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or EndOfStreamException or ObjectDisposedException or WireFormatException)
        {
            // A side has closed, or the broker is being started: the client comes again.
        }
    }

    public ValueTask DisposeAsync() => _listener?.DisposeAsync() ?? ValueTask.CompletedTask;
}
