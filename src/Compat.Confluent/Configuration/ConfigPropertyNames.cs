namespace Semel.Compat.Confluent;

/// <summary>Keys of the .NET library's own.</summary>
public static class ConfigPropertyNames
{
    public static class Producer
    {
        /// <summary>Whether a thread of the client's runs delivery handlers; otherwise Poll and Flush do. Default true.</summary>
        public const string EnableBackgroundPoll = "dotnet.producer.enable.background.poll";
        /// <summary>Whether deliveries are reported at all. Default true.</summary>
        public const string EnableDeliveryReports = "dotnet.producer.enable.delivery.reports";
        /// <summary>Which fields of a record a delivery report has: all, none, or of key, value, timestamp, headers, status, separated by commas. Default
        /// all.</summary>
        public const string DeliveryReportFields = "dotnet.producer.delivery.report.fields";
    }

    public static class Consumer
    {
        /// <summary>Which fields a consumed record has: all, none, or of headers, timestamp, topic, separated by commas. Default all.</summary>
        public const string ConsumeResultFields = "dotnet.consumer.consume.result.fields";
    }

    /// <summary>Taken and not needed.</summary>
    public const string CancellationDelayMaxMs = "dotnet.cancellation.delay.max.ms";
}
