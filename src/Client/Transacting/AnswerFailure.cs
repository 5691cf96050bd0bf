using Semel.Client.Producing;

namespace Semel.Client.Transacting;

/// <summary>What of an answer decides: of several partitions the one that leaves least.</summary>
/// <param name="Partition">Which partition it was said of; null when it was said of the request.</param>
internal sealed record AnswerFailure(TransactionReaction Reaction, ErrorCode Code, string Text, TopicPartition? Partition)
{
    /// <returns>Null when nothing failed.</returns>
    public static AnswerFailure? Of(CoordinatorRequestKind kind, CoordinatorAnswer answer, short version)
    {
        if (answer.Kind == AnswerKind.Lost) return new AnswerFailure(TransactionReaction.RetryElsewhere, answer.Code, answer.Describe(answer.Code), null);
        AnswerFailure? worst = null;
        if (answer.Code != ErrorCode.None) worst = One(kind, answer, answer.Code, version, null);
        foreach (var (partition, code) in answer.Partitions)
        {
            if (code == ErrorCode.None) continue;
            var one = One(kind, answer, code, version, partition);
            if (worst is null || one.Reaction > worst.Reaction) worst = one;
        }
        return worst;
    }

    static AnswerFailure One(CoordinatorRequestKind kind, CoordinatorAnswer answer, ErrorCode code, short version, TopicPartition? partition)
    {
        var reaction = TransactionErrors.Of(kind, code, version);
        // Nobody was asked: whoever knows the coordinators has to be asked again.
        if (answer.Kind == AnswerKind.NotSent && reaction == TransactionReaction.Retry) reaction = TransactionReaction.RetryElsewhere;
        var text = answer.Describe(code);
        return new AnswerFailure(reaction, code, partition is { } name ? $"{name}: {text}" : text, partition);
    }
}
