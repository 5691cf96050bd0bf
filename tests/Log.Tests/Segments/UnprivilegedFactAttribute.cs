namespace Semel.Log.Tests.Segments;

/// <summary>A test in which a right is taken away, as <see cref="OrdinaryUser"/> notices it.</summary>
sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute()
    {
        if (OperatingSystem.IsWindows() || (Environment.IsPrivilegedProcess && !OperatingSystem.IsLinux())) Skip = "needs a user who is refused what the rights of a file refuse";
    }
}
