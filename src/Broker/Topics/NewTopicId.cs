using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>Random topic ids. None begins with a dash when written as text, so that tools do not take it for an option.</summary>
internal static class NewTopicId
{
    public static TopicId Next()
    {
        while (true)
        {
            var id = new TopicId(Guid.NewGuid());
            if (id.ToString()[0] != '-') return id;
        }
    }
}
