namespace Semel.Compat.Confluent;

/// <summary>
/// What an error handler is told of brokers that cannot be reached: each once, and that all are down once none of the addresses of bootstrap.servers answers.
/// </summary>
sealed class BrokersDown(string bootstrapServers, Action<Error> tell)
{
    readonly HashSet<string> _down = [];
    readonly int _addresses = (bootstrapServers ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Length;

    public void Tell(Inner.BrokerUnreachable unreachable)
    {
        tell(new Error(unreachable.Cause == Inner.UnreachableCause.NameUnknown ? ErrorCode.Local_Resolve : ErrorCode.Local_Transport,
            $"{unreachable.Reason}. {unreachable.Remedy}"));
        int down;
        lock (_down)
        {
            if (!_down.Add($"{unreachable.Host}:{unreachable.Port}")) return;
            down = _down.Count;
        }
        if (down >= _addresses) tell(new Error(ErrorCode.Local_AllBrokersDown, $"{down}/{down} brokers are down"));
    }
}
