namespace Semel.Broker.Sequencing;

/// <summary>The reply to one command, to be awaited. The one who awaits goes on on another thread than the turn's.</summary>
internal sealed class AwaitedReply<TReply> : IReplySink<TReply>
{
    readonly TaskCompletionSource<TReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TReply> Task => _reply.Task;

    public void Answer(int index, in TReply reply) => _reply.TrySetResult(reply);
}
