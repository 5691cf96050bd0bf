using Semel.Cli.Connecting;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Tests.Connecting;

public class ClientFailureTests
{
    static CommandException Of(ErrorCode code, string topic) => ClientFailure.Of(new KafkaException(new Error(code, "no"), ErrorClass.Record), topic);

    [Theory]
    [InlineData("__transaction_state")]
    [InlineData("__consumer_offsets")]
    public void A_name_of_the_clusters_own_is_refused_for_that_and_not_for_its_letters(string topic)
    {
        var failure = Of(ErrorCode.InvalidTopicException, topic);
        Assert.Equal(ExitCode.Refused, failure.ExitCode);
        Assert.Equal($"the broker does not make a topic '{topic}': the name is one of the cluster's own.", failure.Message);
    }

    [Theory]
    [InlineData("bad name")]
    [InlineData("__bad name")]
    [InlineData("..")]
    public void A_name_that_no_topic_can_have_is_refused_with_what_a_name_is(string topic)
    {
        var failure = Of(ErrorCode.InvalidTopicException, topic);
        Assert.Equal($"'{topic}' cannot be the name of a topic.", failure.Message);
        Assert.Contains("letters, digits", failure.Remedy);
    }
}
