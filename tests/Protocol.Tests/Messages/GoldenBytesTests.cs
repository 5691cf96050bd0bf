using System.Globalization;
using Semel.Peers;
using Repository = Semel.Protocol.Tests.Schemas.Repository;

namespace Semel.Protocol.Tests.Messages;

/// <summary>Bytes that an encoder of Kafka's own definitions made, against ours in both directions.</summary>
public class GoldenBytesTests
{
    public static TheoryData<string, short, string> Lines
    {
        get
        {
            var data = new TheoryData<string, short, string>();
            foreach (var words in File.ReadLines(Golden("kafka.txt")).Where(line => !line.StartsWith('#')).Select(line => line.Split(' ')))
                data.Add(words[0], short.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
            return data;
        }
    }

    static string Golden(string file) => Path.Combine(Repository.Root, "tests", "Protocol.Tests", "Messages", "Golden", file);

    [Theory, MemberData(nameof(Lines))]
    public void A_message_is_written_as_Kafkas_definition_says(string name, short version, string hex)
    {
        var schema = MessageObject.Schema(name);
        var message = new CountingFiller().Fill(schema, MessageObject.New(schema), version);
        Assert.Equal(hex, MessageBytes.ToHex(MessageBytes.Write(message, version)));
    }

    [Theory, MemberData(nameof(Lines))]
    public void A_message_is_read_as_Kafkas_definition_says(string name, short version, string hex)
    {
        var schema = MessageObject.Schema(name);
        var expected = new CountingFiller().Fill(schema, MessageObject.New(schema), version);
        var read = MessageBytes.Read(MessageObject.New(schema), MessageBytes.FromHex(hex), version);
        MessageObject.AssertEqual(schema.Body, expected, read, $"{name} v{version}");
    }

    [Fact]
    public void Each_message_of_Kafkas_has_golden_bytes_of_its_oldest_its_first_flexible_and_its_newest_version()
    {
        var have = Lines.Select(row => $"{row[0]} {row[1]}").ToHashSet();
        var ours = Repository.Schemas.Records.Concat(Repository.Sample.Records).Select(record => record.Message);
        foreach (var message in MessageObject.All.Except(ours))
            foreach (var version in new[] { message.Versions.Low, message.Versions.High, message.FirstFlexibleVersion ?? message.Versions.Low })
                Assert.Contains($"{message.Name} {version}", have);
    }

    /// <summary>A release of Kafka that changes a message changes its bytes here.</summary>
    [PeersFact]
    public void The_definitions_of_the_Kafka_at_hand_still_write_these_bytes()
    {
        var environment = new Dictionary<string, string?> { ["PYTHONPATH"] = PeersFolder.Required, ["PYTHONDONTWRITEBYTECODE"] = "1" };
        var ran = Ran.Program("python3", [Golden("again.py"), Golden("kafka.txt")], TimeSpan.FromMinutes(1), environment: environment);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        Assert.Contains($"{Lines.Count()} read and written, 0 different", ran.Output);
    }
}
