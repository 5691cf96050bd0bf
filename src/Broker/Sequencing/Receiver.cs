namespace Semel.Broker.Sequencing;

/// <summary>Where the reply to one command goes; nowhere when nobody waits for it, or when it waits elsewhere.</summary>
internal readonly record struct Receiver<TReply>(IReplySink<TReply>? Sink, int Index)
{
    /// <returns>What the receiver threw, which must not keep the others waiting; null when all is well.</returns>
    public Exception? TryAnswer(in TReply reply)
    {
        try
        {
            Sink?.Answer(Index, reply);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}
