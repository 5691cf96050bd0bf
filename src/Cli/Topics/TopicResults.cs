using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Topics;

/// <summary>What became of each topic of a command that changes topics, printed; and the exit code for all together.</summary>
public sealed class TopicResults(Terminal terminal, bool asJson)
{
    static readonly Report<(string Topic, string Outcome, TopicId? Id, KafkaException? Failure)> Results = new(
        new("TOPIC", "topic", result => result.Topic),
        new("OUTCOME", "outcome", result => result.Outcome),
        new("TOPIC-ID", "topicId", result => result.Id?.ToString()),
        new("ERROR", "error", result => result.Failure?.Error.Code.ToString()),
        new("MESSAGE", "message", result => result.Failure?.Message));

    readonly List<(string Topic, string Outcome, TopicId? Id, KafkaException? Failure)> _results = [];

    public void Done(string topic, string outcome, TopicId? id = null) => _results.Add((topic, outcome, id, null));

    public void Failed(string topic, KafkaException failure) => _results.Add((topic, "refused", null, failure));

    /// <summary>All refused: refused by the broker. Some: failed in part.</summary>
    public ExitCode Conclude(Func<string, KafkaException, string?> remedy)
    {
        foreach (var (topic, _, _, failure) in _results)
        {
            if (failure is null) continue;
            // What the broker said of a topic begins with its name; what kept it from being asked does not.
            var about = failure.Message.StartsWith($"topic {topic} ", StringComparison.Ordinal) ? "" : $"topic '{topic}': ";
            terminal.Warn($"{about}{failure.Message} ({failure.Error.Code})");
            if (remedy(topic, failure) is { } sentence) terminal.Error.WriteLine($"       {sentence}");
        }
        if (asJson) Results.Write(terminal.Output, asJson, _results);
        else
            foreach (var (topic, outcome, _, failure) in _results)
                if (failure is null) terminal.Output.WriteLine($"{topic}: {outcome}");
        var failures = _results.Count(result => result.Failure is not null);
        return failures == 0 ? ExitCode.Success : failures == _results.Count ? ExitCode.Refused : ExitCode.Failed;
    }
}
