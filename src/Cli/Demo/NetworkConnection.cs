using System.Net.Sockets;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Cli.Demo;

/// <summary>One connection of a client through the network: its requests are carried one after the other, and each is answered before the next goes.</summary>
internal sealed class NetworkConnection(FaultyNetwork network, Socket client, Socket broker)
{
    /// <summary>What a producer of the demonstration has on its way at most.</summary>
    const int MostInFlight = 5;

    static readonly TimeSpan Late = TimeSpan.FromMilliseconds(40), Silence = TimeSpan.FromMilliseconds(300);

    /// <summary>Nobody waits for ever for requests that should follow and do not.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly Queue<SentRequest> _waiting = [];
    Task<byte[]>? _reading;
    bool _isAlone = true;

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var request = _waiting.Count > 0 ? _waiting.Dequeue() : SentRequest.Of(await NextAsync(stop).ConfigureAwait(false));
            if (!request.HasBatch) await CarryAsync(request.Frame, stop).ConfigureAwait(false);
            else if (!await StrikeAsync(request, stop).ConfigureAwait(false)) return;
        }
    }

    /// <returns>False when the connection ends here.</returns>
    async Task<bool> StrikeAsync(SentRequest request, CancellationToken stop)
    {
        await network.DeliverLateAsync(request.FirstLine).ConfigureAwait(false);
        if (network.MustCrash(request))
        {
            await FillAsync(request, stop).ConfigureAwait(false);
            await AskAsync(request.Frame, stop).ConfigureAwait(false);
            await network.CrashAsync().ConfigureAwait(false);
            return false;
        }
        var fate = network.Strike(request);
        if (fate is not (NetworkFate.Pass or NetworkFate.Delay or NetworkFate.Repeat)) await FillAsync(request, stop).ConfigureAwait(false);
        switch (fate)
        {
            case NetworkFate.CutRequest or NetworkFate.Hold:
                return false;
            case NetworkFate.CutAnswer:
                await AskAsync(request.Frame, stop).ConfigureAwait(false);
                return false;
            case NetworkFate.LoseAnswer:
                await AskAsync(request.Frame, stop).ConfigureAwait(false);
                await Task.Delay(Silence, stop).ConfigureAwait(false);
                return false;
            case NetworkFate.Corrupt:
                await CarryBatchAsync(request, request.Corrupted(), stop).ConfigureAwait(false);
                return true;
            case NetworkFate.Delay:
                await Task.Delay(Late, stop).ConfigureAwait(false);
                break;
        }
        await CarryBatchAsync(request, request.Frame, stop).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Waits for the batches that the producer sends before it can know of this one's end. What it does then depends on what it has on its way: that is
    /// always the same.
    /// </summary>
    async Task FillAsync(SentRequest first, CancellationToken stop)
    {
        var last = _waiting.Append(first).Max(request => request.LastLine);
        while (!(network.IsIdempotent && _isAlone) && 1 + _waiting.Count(request => request.HasBatch) < MostInFlight && last + 1 < network.Lines)
        {
            _reading ??= client.ReadFrameAsync(stop);
            if (await Task.WhenAny(_reading, Task.Delay(Patience, stop)).ConfigureAwait(false) != _reading) return;
            var next = SentRequest.Of(await NextAsync(stop).ConfigureAwait(false));
            _waiting.Enqueue(next);
            last = Math.Max(last, next.LastLine);
        }
    }

    async Task<byte[]> NextAsync(CancellationToken stop)
    {
        _reading ??= client.ReadFrameAsync(stop);
        var frame = await _reading.ConfigureAwait(false);
        _reading = null;
        return frame;
    }

    async Task CarryBatchAsync(SentRequest request, byte[] frame, CancellationToken stop)
    {
        var answer = await CarryAsync(frame, stop).ConfigureAwait(false);
        var reader = new WireReader(answer.AsMemory(Frame.SizeLength));
        ResponseHeader.Read(ref reader, ApiKey.Produce, request.Version);
        var response = new ProduceResponse();
        response.Read(ref reader, request.Version);
        _isAlone = response.Responses[0].PartitionResponses[0].ErrorCode != ErrorCode.None;
    }

    async Task<byte[]> CarryAsync(byte[] frame, CancellationToken stop)
    {
        var answer = await AskAsync(frame, stop).ConfigureAwait(false);
        await client.SendAllAsync(answer, stop).ConfigureAwait(false);
        return answer;
    }

    async Task<byte[]> AskAsync(byte[] frame, CancellationToken stop)
    {
        await broker.SendAllAsync(frame, stop).ConfigureAwait(false);
        return await broker.ReadFrameAsync(stop).ConfigureAwait(false);
    }
}
