using Semel.Cli.Connecting;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Tests.Connecting;

public class TroubleTests
{
    /// <summary>A broker's words end with a full stop or do not; what is printed has one.</summary>
    [Theory]
    [InlineData("the folder is missing. Restore it")]
    [InlineData("the folder is missing. Restore it.")]
    public void A_sentence_of_the_broker_is_ended_once(string words)
    {
        var partition = new TopicPartition("t", 1);
        Assert.Equal("t-1 is offline: the folder is missing. Restore it", new PartitionReason(partition, IsOffline: true, words).ToTrouble().Message);
        Assert.EndsWith("Restore it", Trouble.Of(new BrokerUnreachable(new NodeId(1), "h", 1, UnreachableCause.Refused, words, "no"))!.Message);
    }
}
