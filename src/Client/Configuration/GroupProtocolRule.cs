namespace Semel.Client.Configuration;

/// <summary>
/// Which of the two group protocols the keys leave to choose from. What only one of them has is never passed over in silence: asked for together with the other protocol
/// it is refused, and asked for with auto it decides.
/// </summary>
internal static class GroupProtocolRule
{
    const string Protocol = "group.protocol", Strategy = "partition.assignment.strategy", Assignor = "group.remote.assignor";

    /// <summary>Times that a KIP-848 member is told by its broker.</summary>
    static readonly string[] ClassicTimes = ["session.timeout.ms", "heartbeat.interval.ms"];

    /// <exception cref="KafkaConfigException">A combination is refused.</exception>
    public static void Check(ConfigDraft draft)
    {
        if (draft.IsSet(Strategy) && draft.IsSet(Assignor))
            throw draft.Refuse($"{draft.Given(Strategy)} is of the classic protocol and {draft.Given(Assignor)} of that of KIP-848: remove one of them", Strategy, Assignor);
        switch (draft.Text(Protocol))
        {
            case "consumer":
                if (draft.IsSet(Strategy))
                    throw draft.Refuse($"{draft.Given(Strategy)} means nothing with {draft.Given(Protocol)}, in which the broker shares out: remove it, set {Assignor}, or set {Protocol}=classic", Strategy, Protocol);
                foreach (var time in ClassicTimes)
                    if (draft.IsSet(time)) draft.Values.Ignore(time);
                break;
            case "classic":
                if (draft.IsSet(Assignor))
                    throw draft.Refuse($"{draft.Given(Assignor)} means nothing with {draft.Given(Protocol)}, in which members share out: remove it, set {Strategy}, or set {Protocol}=consumer", Assignor, Protocol);
                break;
        }
    }

    /// <summary>An assignor of the members that was asked for by name is honoured: with auto the classic protocol is spoken, which alone has it.</summary>
    public static GroupProtocol Choose(ConfigDraft draft)
    {
        var asked = Enum.Parse<GroupProtocol>(draft.Text(Protocol)!, ignoreCase: true);
        return asked == GroupProtocol.Auto && draft.IsSet(Strategy) ? GroupProtocol.Classic : asked;
    }

    /// <summary>What was set and has no effect when it turns out that the coordinator speaks the newer protocol.</summary>
    public static IReadOnlyList<string> OnlyClassic(ConfigDraft draft) => [.. ClassicTimes.Where(draft.IsSet).Select(draft.Values.GivenAs)];
}
