namespace Semel.Log.Tests.Segments;

/// <summary>A test in which a right is taken away, which the administrator does not notice.</summary>
sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess) Skip = "needs a user who is refused what the rights of a file refuse";
    }
}
