using System.Diagnostics;
using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Producing.Accumulation;
using Semel.Protocol.Messages;
using System.Threading.Channels;

namespace Semel.Client.Producing.Sending;

/// <summary>
/// The way to one broker: one loop stamps the batches of each request, builds it and gives it to the connection, in the order of the machine; the answers are told
/// in that order too. It decides nothing: what cannot be sent is told as not sent.
/// </summary>
internal sealed class BrokerSender
{
    const int SmallRequestBytes = 256 * 1024;

    readonly NodeId _node;
    readonly ClusterConnections _connections;
    readonly ProducerOptions _options;
    readonly ProducerCounters _counters;
    readonly Action<ProducerInput> _post;
    readonly Action<BufferedBatch> _giveBack;
    readonly Channel<SendProduce> _requests = Channel.CreateUnbounded<SendProduce>(new UnboundedChannelOptions { SingleReader = true });
    readonly CancellationToken _closing;
    readonly Task _loop;
    readonly Lock _gate = new();
    // Requests of which nothing was written. Whoever takes one out of here owns it: the one who writes it, or the machine that wants it back.
    readonly HashSet<long> _unwritten = [];
    volatile Task _unfinished = Task.CompletedTask;
    volatile string? _lastLoss;
    Task _answering = Task.CompletedTask;
    int _inLine;

    public BrokerSender(NodeId node, ClusterConnections connections, ProducerOptions options, ProducerCounters counters, Action<ProducerInput> post, Action<BufferedBatch> giveBack, CancellationToken closing)
    {
        (_node, _connections, _options, _counters, _post, _giveBack, _closing) = (node, connections, options, counters, post, giveBack, closing);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>
    /// Takes a request; called by the machine's loop only. A small one goes out at once where nothing stands before it; a large one, whose way into the socket takes
    /// a while, is left to the loop here, so that the machine can go on.
    /// </summary>
    public void Send(SendProduce request)
    {
        lock (_gate) _unwritten.Add(request.RequestId);
        if (Interlocked.Increment(ref _inLine) == 1 && SizeOf(request) <= SmallRequestBytes) _unfinished = SendOrLoseAsync(request);
        else _requests.Writer.TryWrite(request);
    }

    /// <summary>Takes a request back, if nothing of it was written; then nothing ever is.</summary>
    public ProducerInput Withdraw(long requestId) => !TryOwn(requestId) ? new RequestBegun(requestId)
        : new RequestWithdrawn(requestId, $"it still waited for a connection to broker {_node}{(_lastLoss is { } loss ? $"; {loss}" : "")}");

    bool TryOwn(long requestId)
    {
        lock (_gate) return _unwritten.Remove(requestId);
    }

    static long SizeOf(SendProduce request)
    {
        long size = 0;
        for (var index = 0; index < request.Batches.Count; index++) size += request.Batches[index].Batch.SizeInBytes;
        return size;
    }

    async Task RunAsync()
    {
        await foreach (var send in _requests.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            // What went out at once may still be waiting for its connection.
            await _unfinished.ConfigureAwait(false);
            await SendOrLoseAsync(send).ConfigureAwait(false);
        }
        await _unfinished.ConfigureAwait(false);
        await _answering.ConfigureAwait(false);
    }

    async Task SendOrLoseAsync(SendProduce send)
    {
        try
        {
            await SendAsync(send).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is BrokerConnectionException or OperationCanceledException or ObjectDisposedException)
        {
            Lose(send, wasWritten: failure is BrokerConnectionException { WasWritten: true }, failure.Message);
            // After the loss was told: whoever asks for the request back now is told no second time what became of it.
            TryOwn(send.RequestId);
        }
        finally
        {
            Interlocked.Decrement(ref _inLine);
        }
    }

    async ValueTask SendAsync(SendProduce send)
    {
        var connection = await _connections.GetAsync(_node, _closing).ConfigureAwait(false);
        var version = connection.BestVersion<ProduceRequest, ProduceResponse>(ProduceExchange.HighestVersion(send)) is { } best && best >= send.Versions.Lowest ? best
            : throw new BrokerConnectionException($"broker {_node} offers no version of Produce that this client knows", wasWritten: false);
        if (send.ClusterId is { } cluster && connection.ClusterId is { } there && there != cluster)
            throw new BrokerConnectionException($"broker {_node} at {connection.Address} belongs to cluster {there}, and the records are for {cluster}", false);
        // The machine took it back while it waited for the connection, and knows.
        if (!TryOwn(send.RequestId)) return;
        if (!TryStamp(send)) throw new OperationCanceledException("the producer is closed");
        var request = ProduceExchange.Request(send, _options);
        // Not awaited here: the next request goes out while this one waits for its answer.
        _answering = _options.Acks == Acks.None
            ? EndOneWayAsync(send, connection.SendOneWayAsync<ProduceRequest, ProduceResponse>(request, version, _options.AnswerTimeout, CancellationToken.None), _answering)
            : EndAsync(send, connection.SendAndContinueHereAsync<ProduceRequest, ProduceResponse>(request, version, _options.AnswerTimeout), version, _answering);
    }

    bool TryStamp(SendProduce send)
    {
        for (var index = 0; index < send.Batches.Count; index++)
        {
            var stamped = send.Batches[index];
            var batch = (BufferedBatch)stamped.Batch;
            if (!batch.TryBeginSend())
            {
                for (var begun = 0; begun < index; begun++) ((BufferedBatch)send.Batches[begun].Batch).EndSend();
                return false;
            }
            batch.Builder.Stamp(stamped.Identity.Id, stamped.Identity.Epoch, stamped.BaseSequence, _options.TransactionalId is not null);
        }
        return true;
    }

    async Task EndAsync(SendProduce send, Task<OwnedResponse<ProduceResponse>> answering, short version, Task before)
    {
        try
        {
            var begunAt = Stopwatch.GetTimestamp();
            var response = (await answering.ConfigureAwait(false)).Response;
            await before.ConfigureAwait(false);
            EndSend(send);
            var answers = ProduceExchange.Answers(send, response, version);
            Learn(send, response, answers);
            Count(send, Stopwatch.GetElapsedTime(begunAt), TimeSpan.FromMilliseconds(response.ThrottleTimeMs));
            _post(new ProduceAnswered(send.RequestId, answers, TimeSpan.FromMilliseconds(response.ThrottleTimeMs)));
        }
        catch (Exception failure)
        {
            await EndLostAsync(send, failure, before).ConfigureAwait(false);
        }
    }

    void Count(SendProduce send, TimeSpan latency, TimeSpan throttle)
    {
        _counters.Answered(latency, throttle);
        var topic = send.Batches[0].Batch.Partition.Topic;
        for (var index = 1; topic is not null && index < send.Batches.Count; index++)
            if (send.Batches[index].Batch.Partition.Topic != topic) topic = null;
        ProducerMetrics.Answered(topic, latency, throttle);
    }

    async Task EndOneWayAsync(SendProduce send, ValueTask writing, Task before)
    {
        try
        {
            await writing.ConfigureAwait(false);
            await before.ConfigureAwait(false);
            EndSend(send);
            _post(new RequestWritten(send.RequestId));
        }
        catch (Exception failure)
        {
            await EndLostAsync(send, failure, before).ConfigureAwait(false);
        }
    }

    async Task EndLostAsync(SendProduce send, Exception failure, Task before)
    {
        await before.ConfigureAwait(false);
        EndSend(send);
        // Whatever is not known to be unwritten may have been written.
        Lose(send, wasWritten: failure is not BrokerConnectionException { WasWritten: false }, failure.Message);
    }

    void Lose(SendProduce send, bool wasWritten, string reason)
    {
        _lastLoss = reason;
        _post(new RequestLost(send.RequestId, wasWritten, reason));
    }

    void EndSend(SendProduce send)
    {
        for (var index = 0; index < send.Batches.Count; index++)
        {
            var batch = (BufferedBatch)send.Batches[index].Batch;
            if (batch.EndSend()) _giveBack(batch);
        }
    }

    void Learn(SendProduce send, ProduceResponse response, IReadOnlyList<PartitionAnswer> answers)
    {
        for (var index = 0; index < answers.Count; index++)
            if (answers[index].LeaderHint is { } hint)
                _connections.Metadata.LearnLeader(send.Batches[index].Batch.Partition, hint.Node, hint.LeaderEpoch, ProduceExchange.Brokers(response));
    }

    /// <summary>Ends once every request given before has ended.</summary>
    public Task CompleteAsync()
    {
        _requests.Writer.TryComplete();
        return _loop;
    }
}
