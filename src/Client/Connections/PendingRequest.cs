using Semel.Protocol;
using Semel.Protocol.Wire;

namespace Semel.Client.Connections;

/// <summary>One request between the moment it was put in line and the moment its fate is known.</summary>
internal abstract class PendingRequest(ApiKey apiKey, short version, BufferPool<byte>? pool)
{
    public ApiKey ApiKey { get; } = apiKey;
    public short Version { get; } = version;
    public BufferPool<byte>? Pool { get; } = pool;
    public int CorrelationId { get; set; }
    public long Deadline { get; set; }
    public TimeSpan Timeout { get; set; }

    /// <summary>The whole frame. Taken away once it was written, so that what it refers to is not kept.</summary>
    public WireWriter? Frame { get; set; }

    /// <summary>Set before the first byte goes to the socket: from then on nobody can say that the broker did not get it.</summary>
    public bool WriteStarted { get; set; }

    /// <summary>Whether the broker will answer (it does not answer a produce request with acks 0).</summary>
    public virtual bool IsAnswered => true;

    /// <exception cref="WireFormatException">The frame is not the answer to this request.</exception>
    public abstract void ReadAnswer(ResponseFrame frame);

    /// <summary>Ends the wait, with the answer that was read or, for a request without an answer, because it was written.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception failure);

    public sealed override string ToString() => $"{ApiKey} v{Version} (correlation id {CorrelationId})";
}

/// <param name="continuesHere">Whether what awaits the answer goes on where that was received. It neither blocks nor waits there, and a detour less is a wake-up less.</param>
internal class PendingRequest<TResponse>(ApiKey apiKey, short version, BufferPool<byte>? pool, bool continuesHere = false) : PendingRequest(apiKey, version, pool)
    where TResponse : class, IMessage, new()
{
    // Other awaiting code must not run on the connection's receiving loop: it may block.
    readonly TaskCompletionSource<OwnedResponse<TResponse>> _completion = new(continuesHere ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    OwnedResponse<TResponse> _answer;

    public override void ReadAnswer(ResponseFrame frame)
    {
        var reader = new WireReader(frame.Bytes);
        ResponseHeader.Read(ref reader, ApiKey, Version);
        var response = new TResponse();
        response.Read(ref reader, ResponseVersion(reader));
        _answer = new OwnedResponse<TResponse>(response, frame);
    }

    protected virtual short ResponseVersion(WireReader body) => Version;

    public override void Complete()
    {
        if (!_completion.TrySetResult(_answer)) _answer.Frame.Release();
    }

    public override void Fail(Exception failure) => _completion.TrySetException(failure);

    public Task<OwnedResponse<TResponse>> Task => _completion.Task;

    /// <summary>Waits for the answer. Cancelling ends the wait only: the request stays where it is, and its answer is thrown away.</summary>
    public async ValueTask<OwnedResponse<TResponse>> WaitAsync(CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled) return await _completion.Task.ConfigureAwait(false);
        using var registration = cancellation.UnsafeRegister(static (state, token) => ((TaskCompletionSource<OwnedResponse<TResponse>>)state!).TrySetCanceled(token), _completion);
        return await _completion.Task.ConfigureAwait(false);
    }
}

/// <summary>A request that the broker does not answer. It is complete when its last byte was given to the socket.</summary>
internal sealed class PendingOneWayRequest(ApiKey apiKey, short version) : PendingRequest(apiKey, version, null)
{
    readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override bool IsAnswered => false;
    public override void ReadAnswer(ResponseFrame frame) => throw new InvalidOperationException($"{this} has no answer");
    public override void Complete() => _completion.TrySetResult();
    public override void Fail(Exception failure) => _completion.TrySetException(failure);
    public ValueTask WaitAsync(CancellationToken cancellation) => new(_completion.Task.WaitAsync(cancellation));
}
